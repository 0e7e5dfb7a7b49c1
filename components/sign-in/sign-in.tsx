"use client";

import { useEffect, useState } from "react";
import { signInSentence } from "#lib/auth/sign-in-problems.ts";
import { type AuthState, authState } from "../shell/auth-state.ts";
import { Entry } from "./entry.tsx";
import { FormAlert } from "./form-parts.tsx";
import { ProviderLink } from "./provider-link.tsx";
import { SignInForm } from "./sign-in-form.tsx";

interface SignInProps {
  host: string;
  next: string | null;
  /** code of lib/auth/sign-in-problems.ts, from the way back from the provider */
  problem: string | null;
}

export function SignIn({ host, next, problem }: SignInProps) {
  const state = useAuthState();
  const needsSetup = state?.needsSetup ?? false;
  const oidc = state?.oidc ?? null;
  return (
    <Entry title="Sign in" lead={host}>
      {needsSetup ? (
        <p className="mt-4 rounded-sm bg-maint-tint px-3 py-2.5 text-base leading-5 text-maint">
          There is no user yet. Open the set-up link that the app printed when it started.
        </p>
      ) : (
        <>
          <FormAlert>{signInSentence(problem) ?? signInSentence(state?.problem)}</FormAlert>
          <SignInForm next={next} />
          {oidc !== null && <ProviderLink label={oidc.label} next={next} />}
        </>
      )}
      <p className="mt-5 text-sm leading-[19px] text-ink-2">
        Setting up a wall screen? Open its wall link there. It shows the state and needs no keyboard.
      </p>
    </Entry>
  );
}

/** Asked in the browser: pages never import the server, and the form is right in all but the first minute. */
function useAuthState(): AuthState | null {
  const [state, setState] = useState<AuthState | null>(null);
  useEffect(() => {
    let isHere = true;
    void authState().then((found) => {
      if (isHere) setState(found);
    });
    return () => {
      isHere = false;
    };
  }, []);
  return state;
}
