"use client";
import { useState } from "react";
import { useToast } from "#components/toast/toast.tsx";
import type { Role } from "#lib/auth/permissions.ts";
import type { AddedPersonBody, PersonBody } from "#lib/wire/people.ts";
import { ask } from "./api.ts";
import { AccessFields, Refused, TextField } from "./form.tsx";
import { FormDialog } from "./form-dialog.tsx";
import { peopleKey } from "./keys.ts";
import { useChange } from "./use-change.ts";
import { backendsFrom } from "./words.ts";

export function AddPersonDialog({ onClose, onAdded }: { onClose(): void; onAdded(person: AddedPersonBody): void }) {
  const [name, setName] = useState("");
  const [access, setAccess] = useState<{ role: Role; backends: string }>({ role: "operator", backends: "" });
  const change = useChange(peopleKey);
  async function submit() {
    const body = { name: name.trim(), ...accessBody(access) };
    const added = await change.run(() => ask<AddedPersonBody>("POST", "/people", body));
    if (added !== null) onAdded(added.value);
  }
  return (
    <FormDialog
      title="Add a person"
      text="You get a link to give them; with it they choose a password."
      verb="Add person"
      isBusy={change.isBusy}
      onClose={onClose}
      onSubmit={submit}
    >
      <TextField label="Name" value={name} onChange={setName} autoCapitalize="none" required maxLength={64} />
      <AccessFields value={access} onChange={setAccess} />
      <Refused>{change.refusal}</Refused>
    </FormDialog>
  );
}

export function ChangePersonDialog({ person, onClose }: { person: PersonBody; onClose(): void }) {
  const [access, setAccess] = useState({ role: person.role, backends: person.backends?.join(" ") ?? "" });
  const [mayEnter, setMayEnter] = useState(!person.isDisabled);
  const change = useChange(peopleKey);
  const showToast = useToast();
  async function submit() {
    const body = { ...accessBody(access), isDisabled: !mayEnter };
    if ((await change.run(() => ask("PATCH", `/people/${encodeURIComponent(person.id)}`, body))) === null) return;
    showToast({ text: `${person.name} is changed.` });
    onClose();
  }
  return (
    <FormDialog
      title={`Change ${person.name}`}
      verb="Change"
      isBusy={change.isBusy}
      onClose={onClose}
      onSubmit={submit}
    >
      <AccessFields value={access} onChange={setAccess} />
      <label className="ack set-field">
        <input type="checkbox" checked={mayEnter} onChange={(event) => setMayEnter(event.target.checked)} />
        May sign in
      </label>
      <Refused>{change.refusal}</Refused>
    </FormDialog>
  );
}

export function accessBody({ role, backends }: { role: Role; backends: string }) {
  return { role, backends: role === "operator" ? backendsFrom(backends) : null };
}
