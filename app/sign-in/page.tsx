import type { Metadata } from "next";
import { headers } from "next/headers";
import { SignIn } from "#components/sign-in/sign-in.tsx";
import { firstOf, type PageInput } from "../search.ts";

export const metadata: Metadata = { title: "Sign in" };

export default async function SignInPage({ searchParams }: PageInput) {
  const { next, problem } = await searchParams;
  return <SignIn host={(await headers()).get("host") ?? ""} next={firstOf(next)} problem={firstOf(problem)} />;
}
