"use client";

import { type FormEvent, useState } from "react";
import { safeNext } from "#lib/auth/safe-next.ts";
import { Field, FormAlert, SubmitButton } from "./form-parts.tsx";
import { postAuth } from "./post-auth.ts";

export function SignInForm({ next }: { next: string | null }) {
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (isBusy) return;
    const form = event.currentTarget;
    const entered = new FormData(form);
    setBusy(true);
    setRefusal(null);
    const problem = await postAuth("/auth/sign-in", {
      name: String(entered.get("name")),
      password: String(entered.get("password")),
    });
    if (problem === null) {
      // a whole load, not a route change: what was rendered for nobody must not stay
      window.location.assign(safeNext(next));
      return;
    }
    setBusy(false);
    setRefusal(problem);
    form.querySelector<HTMLInputElement>("input[name=password]")?.select();
  }

  return (
    // the method keeps a password out of the address should the script not have run yet
    <form method="post" onSubmit={submit}>
      <Field
        label="User name"
        name="name"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        autoFocus
        required
      />
      <Field label="Password" name="password" type="password" autoComplete="current-password" required />
      <FormAlert>{refusal}</FormAlert>
      <SubmitButton isBusy={isBusy}>{isBusy ? "Signing in" : "Sign in"}</SubmitButton>
    </form>
  );
}
