"use client";
// A password, typed twice: for the link that makes the first admin and for the link of an admin. Signs in.
import { type FormEvent, type ReactNode, useState } from "react";
import { MIN_PASSWORD_CHARS } from "#lib/auth/password-rule.ts";
import { Field, FormAlert, SubmitButton } from "./form-parts.tsx";
import { postAuth } from "./post-auth.ts";

interface PasswordFormProps {
  /** where the password goes */
  path: string;
  /** what goes with it */
  facts: (entered: FormData) => Record<string, string>;
  hasFocus?: boolean;
  /** fields before the password */
  children: ReactNode;
}

export function PasswordForm({ path, facts, hasFocus = false, children }: PasswordFormProps) {
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (isBusy) return;
    const entered = new FormData(event.currentTarget);
    const password = String(entered.get("password"));
    if (password !== entered.get("repeated")) {
      setRefusal("The two passwords differ. Type the same one twice.");
      return;
    }
    setBusy(true);
    setRefusal(null);
    const problem = await postAuth(path, { ...facts(entered), password });
    if (problem === null) {
      window.location.assign("/");
      return;
    }
    setBusy(false);
    setRefusal(problem);
  }

  return (
    <form method="post" onSubmit={submit}>
      {children}
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="new-password"
        minLength={MIN_PASSWORD_CHARS}
        hint={`At least ${MIN_PASSWORD_CHARS} characters.`}
        autoFocus={hasFocus}
        required
      />
      <Field label="Password again" name="repeated" type="password" autoComplete="new-password" required />
      <FormAlert>{refusal}</FormAlert>
      <SubmitButton isBusy={isBusy}>{isBusy ? "Saving" : "Save and sign in"}</SubmitButton>
    </form>
  );
}
