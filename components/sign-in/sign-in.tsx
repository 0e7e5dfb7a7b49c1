"use client";

import { useEffect, useState } from "react";
import { authState } from "../shell/auth-state.ts";
import { Entry } from "./entry.tsx";
import { SignInForm } from "./sign-in-form.tsx";

export function SignIn({ host, next }: { host: string; next: string | null }) {
  const needsSetup = useNeedsSetup();
  return (
    <Entry title="Sign in" lead={host}>
      {needsSetup ? (
        <p className="mt-4 rounded-sm bg-maint-tint px-3 py-2.5 text-base leading-5 text-maint">
          There is no user yet. Open the set-up link that the app printed when it started.
        </p>
      ) : (
        <SignInForm next={next} />
      )}
      <p className="mt-5 text-sm leading-[19px] text-ink-2">
        Setting up a wall screen? Open its wall link there. It shows the state and needs no keyboard.
      </p>
    </Entry>
  );
}

/** Asked in the browser: pages never import the server, and the form is right in all but the first minute. */
function useNeedsSetup(): boolean {
  const [needsSetup, setNeedsSetup] = useState(false);
  useEffect(() => {
    let isHere = true;
    void authState().then((state) => {
      if (isHere && state !== null) setNeedsSetup(state.needsSetup);
    });
    return () => {
      isHere = false;
    };
  }, []);
  return needsSetup;
}
