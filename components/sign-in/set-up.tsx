"use client";

import { type FormEvent, useState } from "react";
import { Entry } from "./entry.tsx";
import { Field, FormAlert, SubmitButton } from "./form-parts.tsx";
import { postAuth } from "./post-auth.ts";

/** As the app asks for: shorter is refused there too. */
const SHORTEST_PASSWORD = 8;

export function SetUp({ code }: { code: string | null }) {
  return (
    <Entry title="Choose your password" lead="This makes the first user, an admin. The link works once.">
      {code === null ? (
        <FormAlert>
          The link is not complete. Open the whole set-up link that the app printed when it started.
        </FormAlert>
      ) : (
        <SetUpForm code={code} />
      )}
    </Entry>
  );
}

function SetUpForm({ code }: { code: string }) {
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
    const problem = await postAuth("/auth/setup", { code, name: String(entered.get("name")), password });
    if (problem === null) {
      window.location.assign("/");
      return;
    }
    setBusy(false);
    setRefusal(problem);
  }

  return (
    <form method="post" onSubmit={submit}>
      <Field
        label="User name"
        name="name"
        defaultValue="admin"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
      />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="new-password"
        minLength={SHORTEST_PASSWORD}
        hint={`At least ${SHORTEST_PASSWORD} characters.`}
        required
      />
      <Field label="Password again" name="repeated" type="password" autoComplete="new-password" required />
      <FormAlert>{refusal}</FormAlert>
      <SubmitButton isBusy={isBusy}>{isBusy ? "Saving" : "Save and sign in"}</SubmitButton>
    </form>
  );
}
