"use client";

// A link of an admin, to choose a password: the first one, or a new one.
import { useEffect, useState } from "react";
import type { ResetCheckBody } from "#lib/wire/people.ts";
import type { Problem } from "#lib/wire/problem.ts";
import { Entry } from "./entry.tsx";
import { FormAlert } from "./form-parts.tsx";
import { PasswordForm } from "./password-form.tsx";

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
      {checked.kind === "good" && code !== null && (
        <PasswordForm path="/auth/reset" facts={() => ({ code })} hasFocus>
          <input type="text" name="username" autoComplete="username" value={checked.whose.name} readOnly hidden />
        </PasswordForm>
      )}
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
