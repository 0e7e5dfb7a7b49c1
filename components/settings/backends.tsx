"use client";
// Minimum and quiet window per backend, and what happens to a state that a reload took.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useLive } from "#components/live/hooks.ts";
import { Choice } from "#components/maintenance/choice.tsx";
import { ProbeSettingDialog } from "#components/persistence/probe-setting-dialog.tsx";
import { useToast } from "#components/toast/toast.tsx";
import type {
  AfterReload,
  AfterReloadSetting,
  BackendSetting,
  BackendSettingInput,
  BackendSettings,
  SettingSource,
} from "#lib/wire/settings.ts";
import { ask } from "./api.ts";
import { Refused, TextField } from "./form.tsx";
import { FormDialog } from "./form-dialog.tsx";
import { backendsKey } from "./keys.ts";
import { Action, ListOf, Row, SectionHead } from "./section.tsx";
import { useChange } from "./use-change.ts";

export function Backends() {
  const isAdmin = useLive((live) => live.me?.role === "admin");
  const settings = useQuery({
    queryKey: backendsKey,
    queryFn: () => ask<BackendSettings>("GET", "/settings/backends"),
  });
  const [open, setOpen] = useState<BackendSetting | null>(null);
  const [probed, setProbed] = useState<string | null>(null);
  return (
    <>
      <SectionHead
        title="Backends"
        lead="How many servers must keep taking new users, and how long a server must be quiet. The configuration file wins."
      />
      <ListOf
        name="Backends"
        rows={{ data: settings.data?.backends, error: settings.error }}
        empty="No backends: no load balancer has answered yet."
      >
        {(backend) => (
          <BackendRow
            key={backend.backend}
            backend={backend}
            isAdmin={isAdmin}
            onChange={() => setOpen(backend)}
            onProbe={() => setProbed(backend.backend)}
          />
        )}
      </ListOf>
      {settings.data !== undefined && (
        <AfterReloadChoice
          key={settings.data.afterReload.value}
          setting={settings.data.afterReload}
          isAdmin={isAdmin}
        />
      )}
      {probed !== null && <ProbeSettingDialog backend={probed} onClose={() => setProbed(null)} />}
      {open !== null && <BackendDialog backend={open} onClose={() => setOpen(null)} />}
    </>
  );
}

const sourceWords: Record<SettingSource, string> = {
  default: "by default",
  settings: "set here",
  "config file": "set in the configuration file",
};

interface BackendRowProps {
  backend: BackendSetting;
  isAdmin: boolean;
  onChange(): void;
  onProbe(): void;
}

function BackendRow({ backend: one, isAdmin, onChange, onProbe }: BackendRowProps) {
  return (
    <Row
      name={one.backend}
      title={one.backend}
      facts={[
        <span key="minimum">
          <b>{`minimum ${one.minimum.value}`}</b>
          {`, ${sourceWords[one.minimum.source]}`}
        </span>,
        <span key="quiet">
          <b>{`quiet ${one.quiet.value}`}</b>
          {`, ${sourceWords[one.quiet.source]}`}
        </span>,
        one.isKnown ? "" : "no load balancer has it now",
      ]}
      actions={
        isAdmin ? (
          <>
            <Action name={`Probe of ${one.backend}`} onClick={onProbe}>
              Probe…
            </Action>
            {(one.minimum.isEditable || one.quiet.isEditable) && (
              <Action name={`Change ${one.backend}`} onClick={onChange}>
                Change…
              </Action>
            )}
          </>
        ) : undefined
      }
    />
  );
}

const FILE_WORDS = "Set in the configuration file; change it there.";

function BackendDialog({ backend: one, onClose }: { backend: BackendSetting; onClose(): void }) {
  const own = (setting: { source: SettingSource; value: number | string }) =>
    setting.source === "default" ? "" : String(setting.value);
  const [minimum, setMinimum] = useState(own(one.minimum));
  const [quiet, setQuiet] = useState(own(one.quiet));
  const change = useChange(backendsKey);
  const showToast = useToast();

  async function submit() {
    const body: BackendSettingInput = {};
    if (one.minimum.isEditable) body.minimum = minimum.trim() === "" ? null : Number(minimum);
    if (one.quiet.isEditable) body.quiet = quiet.trim() === "" ? null : quiet.trim();
    const path = `/settings/backends/${encodeURIComponent(one.backend)}`;
    if ((await change.run(() => ask("PUT", path, body))) === null) return;
    showToast({ text: `${one.backend} is changed.` });
    onClose();
  }

  return (
    <FormDialog
      title={`Change ${one.backend}`}
      text="It counts for the next change and the next maintenance."
      verb="Change"
      isBusy={change.isBusy}
      onClose={onClose}
      onSubmit={submit}
    >
      <TextField
        label="Minimum of servers that take new users"
        type="number"
        min={0}
        step={1}
        inputMode="numeric"
        placeholder="half of them"
        hint={one.minimum.isEditable ? "Below it Drainboard asks first. Empty: half of them." : FILE_WORDS}
        disabled={!one.minimum.isEditable}
        value={minimum}
        onChange={setMinimum}
      />
      <TextField
        label="Quiet window"
        placeholder={one.quiet.source === "default" ? one.quiet.value : "by its persistence"}
        hint={one.quiet.isEditable ? "Such as 30s or 5m. Empty: by the backend's persistence." : FILE_WORDS}
        disabled={!one.quiet.isEditable}
        value={quiet}
        onChange={setQuiet}
      />
      <Refused>{change.refusal}</Refused>
    </FormDialog>
  );
}

const afterReloadWords: Record<AfterReload, { title: string; text: string }> = {
  ask: { title: "Ask", text: "The board says what was lost and offers both answers." },
  "re-apply": { title: "Set it again", text: "Drain or maint comes back by itself; ready is never set by itself." },
  leave: { title: "Leave it lost", text: "HAProxy's configuration decides; it is written into the events." },
};

function AfterReloadChoice({ setting, isAdmin }: { setting: AfterReloadSetting; isAdmin: boolean }) {
  const [value, setValue] = useState(setting.value);
  const change = useChange(backendsKey);
  const showToast = useToast();
  const isOpen = isAdmin && setting.isEditable;
  async function save() {
    const body = { afterReload: value };
    if ((await change.run(() => ask("PUT", "/settings/after-reload", body))) !== null) showToast({ text: "Saved." });
  }
  return (
    <section className="set-part">
      <h2>{`A drain or maint that a reload of HAProxy took`}</h2>
      {!setting.isEditable && <p className="field-note">{FILE_WORDS}</p>}
      <fieldset className="choices" disabled={!isOpen}>
        <legend className="sr-only">What happens to it</legend>
        {(Object.keys(afterReloadWords) as AfterReload[]).map((choice) => (
          <Choice
            key={choice}
            name="after-reload"
            isOn={value === choice}
            onChoose={() => setValue(choice)}
            {...afterReloadWords[choice]}
          />
        ))}
      </fieldset>
      {isOpen && value !== setting.value && (
        <button type="button" className="btn btn-primary" aria-disabled={change.isBusy} onClick={save}>
          Save
        </button>
      )}
      <Refused>{change.refusal}</Refused>
    </section>
  );
}
