import type { Metadata } from "next";
import { Reset } from "#components/sign-in/reset.tsx";
import { firstOf, type PageInput } from "../search.ts";

export const metadata: Metadata = { title: "Choose a password", referrer: "no-referrer" };

export default async function ResetPage({ searchParams }: PageInput) {
  const { code } = await searchParams;
  return <Reset code={firstOf(code)} />;
}
