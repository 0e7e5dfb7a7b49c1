"use client";
// Where the probe of a backend asks. A guess is offered as a guess: it is saved only by an admin's click.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ask, sentenceOf } from "#components/settings/api.ts";
import { Refused, SelectField, TextField } from "#components/settings/form.tsx";
import { FormDialog } from "#components/settings/form-dialog.tsx";
import { persistenceKey, probeSettingKey } from "#components/settings/keys.ts";
import { useChange } from "#components/settings/use-change.ts";
import { useToast } from "#components/toast/toast.tsx";
import type {
  ProbeMethod,
  ProbeSetting,
  ProbeSettingBody,
  ProbeSettingInput,
  ProbeTls,
} from "#lib/wire/persistence.ts";

interface ProbeSettingDialogProps {
  backend: string;
  onClose(): void;
}

export function ProbeSettingDialog({ backend, onClose }: ProbeSettingDialogProps) {
  const { data, error } = useQuery({
    queryKey: [...probeSettingKey, backend],
    queryFn: () => ask<ProbeSettingBody>("GET", pathOf(backend)),
    gcTime: 0,
    retry: false,
  });
  if (error !== null)
    return (
      <FormDialog title={titleOf(backend)} verb="Close" isBusy={false} onClose={onClose} onSubmit={onClose}>
        <Refused>{sentenceOf(error)}</Refused>
      </FormDialog>
    );
  return data === undefined ? null : <Loaded body={data} onClose={onClose} />;
}

const titleOf = (backend: string) => `Where the probe of ${backend} asks`;
const pathOf = (backend: string) => `/settings/backends/${encodeURIComponent(backend)}/probe`;

const tlsChoices: readonly { value: ProbeTls; word: string }[] = [
  { value: "none", word: "No TLS (http)" },
  { value: "verify", word: "https, certificate checked" },
  { value: "any-certificate", word: "https, any certificate" },
];
const methodChoices: readonly { value: ProbeMethod; word: string }[] = [
  { value: "GET", word: "GET" },
  { value: "POST", word: "POST, without a body (for postonly)" },
];
const EMPTY: ProbeSetting = { address: "", path: "/", host: null, tls: "none", method: "GET", header: null };

function Loaded({ body, onClose }: { body: ProbeSettingBody; onClose(): void }) {
  const { backend, guess } = body;
  const [value, setValue] = useState<ProbeSetting>(body.setting ?? EMPTY);
  const change = useChange([...persistenceKey], [...probeSettingKey]);
  const showToast = useToast();
  const set = (more: Partial<ProbeSetting>) => setValue((before) => ({ ...before, ...more }));

  async function save() {
    const input: ProbeSettingInput = {
      ...value,
      host: value.host?.trim() ? value.host : null,
      header: value.header?.trim() ? value.header : null,
    };
    if ((await change.run(() => ask("PUT", pathOf(backend), input))) === null) return;
    showToast({ text: `The probe of ${backend} asks ${value.address}.` });
    onClose();
  }
  async function remove() {
    if ((await change.run(() => ask("DELETE", pathOf(backend)))) === null) return;
    showToast({ text: `The probe of ${backend} is off.` });
    onClose();
  }

  return (
    <FormDialog
      title={titleOf(backend)}
      text="An address that this machine reaches and that leads to the backend, as users do. Only an admin names it."
      verb="Save"
      isBusy={change.isBusy}
      onClose={onClose}
      onSubmit={() => void save()}
      more={
        body.setting !== null && (
          <button type="button" className="btn btn-outline-danger" onClick={() => void remove()}>
            Switch it off
          </button>
        )
      }
    >
      <TextField
        label="Address of the frontend"
        placeholder="10.0.0.10:443"
        value={value.address}
        onChange={(address) => set({ address })}
        hint="host:port; IPv6 in brackets."
      />
      {guess !== null && guess.setting.address !== value.address && (
        <div className="set-field">
          <button
            type="button"
            className="btn btn-sm"
            onClick={() => set({ address: guess.setting.address, tls: guess.setting.tls })}
          >
            {`Take the guess ${guess.setting.address}`}
          </button>
          <p className="field-note">{guess.why}</p>
        </div>
      )}
      <TextField label="Path" value={value.path} onChange={(path) => set({ path })} />
      <TextField
        label="Host header"
        placeholder="the address"
        value={value.host ?? ""}
        onChange={(host) => set({ host })}
        hint="The site's name, where rules, certificates or the cookie's domain go by it."
      />
      <SelectField label="TLS" value={value.tls} choices={tlsChoices} onChange={(tls) => set({ tls })} />
      <SelectField label="Method" value={value.method} choices={methodChoices} onChange={(method) => set({ method })} />
      <TextField
        label="Response header that names the server"
        placeholder="none"
        value={value.header ?? ""}
        onChange={(header) => set({ header })}
        hint="Such as x-served-by: its value is shown, and compared with server names, cookie values and addresses."
      />
      <Refused>{change.refusal}</Refused>
    </FormDialog>
  );
}
