"use client";

// A link of an admin, to choose a password: the first one, or a new one.
import { type FormEvent, useEffect, useState } from "react";
import type { ResetCheckBody } from "#lib/wire/people.ts";
import type { Problem } from "#lib/wire/problem.ts";
import { Entry } from "./entry.tsx";
import { Field, FormAlert, SubmitButton } from "./form-parts.tsx";
import { postAuth } from "./post-auth.ts";

/** As the app asks for: shorter is refused there too. */
const SHORTEST_PASSWORD = 8;

type Checked = { kind: "checking" } | { kind: "good"; whose: ResetCheckBody } | { kind: "bad"; why: string };

export function Reset({ code }: { code: string | null }) {
  const [checked, setChecked] = useState<Checked>({ kind: "checking" });
  useEffect(() => {
    let isHere = true;
    void check(code).then((result) => {
      if (isHere) setChecked(result);
    });
    return () => {
      isHere = false;
    };
  }, [code]);
  const whose = checked.kind === "good" ? checked.whose : null;
  return (
    <Entry
      title="Choose your password"
      lead={whose === null ? "The link works once." : `For ${whose.name}. The link works once.`}
    >
      <FormAlert>{checked.kind === "bad" ? checked.why : null}</FormAlert>
      {checked.kind === "good" && code !== null && <ResetForm code={code} name={checked.whose.name} />}
    </Entry>
  );
}

async function check(code: string | null): Promise<Checked> {
  if (code === null)
    return { kind: "bad", why: "The link is not complete. Open the whole link that an admin gave you." };
  try {
    const response = await fetch("/auth/reset/check", {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ code }),
    });
    const body: unknown = await response.json();
    if (response.ok) return { kind: "good", whose: body as ResetCheckBody };
    return { kind: "bad", why: (body as Problem).detail };
  } catch {
    return {
      kind: "bad",
      why: "The app does not answer. Check that this machine reaches it, then load the page again.",
    };
  }
}

function ResetForm({ code, name }: { code: string; name: string }) {
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
    const problem = await postAuth("/auth/reset", { code, password });
    if (problem === null) {
      window.location.assign("/");
      return;
    }
    setBusy(false);
    setRefusal(problem);
  }

  return (
    <form method="post" onSubmit={submit}>
      <input type="text" name="username" autoComplete="username" value={name} readOnly hidden />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="new-password"
        minLength={SHORTEST_PASSWORD}
        hint={`At least ${SHORTEST_PASSWORD} characters.`}
        autoFocus
        required
      />
      <Field label="Password again" name="repeated" type="password" autoComplete="new-password" required />
      <FormAlert>{refusal}</FormAlert>
      <SubmitButton isBusy={isBusy}>{isBusy ? "Saving" : "Save and sign in"}</SubmitButton>
    </form>
  );
}
