"use client";
import { askAuth } from "#components/sign-in/post-auth.ts";
import { useToast } from "#components/toast/toast.tsx";

/** Ends the login, then leaves the page wholly: nothing of the fleet stays in memory. */
export function useSignOut(): () => void {
  const showToast = useToast();
  return async () => {
    const { problem, answer } = await askAuth("/auth/sign-out", {});
    if (problem === null) window.location.assign(providerPage(answer) ?? "/sign-in");
    else showToast({ text: `Not signed out. ${problem}` });
  };
}

/** Where the provider ends its own session, when the app says so. */
function providerPage(answer: unknown): string | null {
  if (typeof answer !== "object" || answer === null || !("next" in answer)) return null;
  return typeof answer.next === "string" && /^https?:\/\//.test(answer.next) ? answer.next : null;
}
