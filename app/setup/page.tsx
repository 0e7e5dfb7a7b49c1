import type { Metadata } from "next";
import { SetUp } from "#components/sign-in/set-up.tsx";
import { firstOf, type PageInput } from "../search.ts";

export const metadata: Metadata = { title: "Set up", referrer: "no-referrer" };

export default async function SetUpPage({ searchParams }: PageInput) {
  const { code } = await searchParams;
  return <SetUp code={firstOf(code)} />;
}
