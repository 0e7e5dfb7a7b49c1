"use client";

import { Entry } from "./entry.tsx";
import { Field, FormAlert } from "./form-parts.tsx";
import { PasswordForm } from "./password-form.tsx";

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
  return (
    <PasswordForm path="/auth/setup" facts={(entered) => ({ code, name: String(entered.get("name")) })}>
      <Field
        label="User name"
        name="name"
        defaultValue="admin"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
      />
    </PasswordForm>
  );
}
