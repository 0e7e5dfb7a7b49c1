"use client";
import { postAuth } from "#components/sign-in/post-auth.ts";
import { useToast } from "#components/toast/toast.tsx";

/** Ends the login, then leaves the page wholly: nothing of the fleet stays in memory. */
export function useSignOut(): () => void {
  const showToast = useToast();
  return async () => {
    const problem = await postAuth("/auth/sign-out", {});
    if (problem === null) window.location.assign("/sign-in");
    else showToast({ text: `Not signed out. ${problem}` });
  };
}
