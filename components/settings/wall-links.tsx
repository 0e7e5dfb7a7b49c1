"use client";
// Wall links: an address for a screen that nobody types at. It shows the state and can change nothing.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { appNow, useAppNow } from "#components/live/hooks.ts";
import { useToast } from "#components/toast/toast.tsx";
import type { AddedWallLinkBody, WallLinkBody } from "#lib/wire/tokens.ts";
import { ask } from "./api.ts";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { type Expiry, expiresAt, expiryChoices } from "./expiry.ts";
import { Refused, SelectField, TextField } from "./form.tsx";
import { FormDialog } from "./form-dialog.tsx";
import { wallLinksKey } from "./keys.ts";
import { SecretDialog } from "./secret-dialog.tsx";
import { Action, ListOf, Row, SectionHead } from "./section.tsx";
import { endWords } from "./tokens.tsx";
import { useChange } from "./use-change.ts";
import { ago, day } from "./words.ts";

type Open = { kind: "add" } | { kind: "revoke"; link: WallLinkBody } | { kind: "made"; name: string; url: string };

export function WallLinks() {
  const links = useQuery({ queryKey: wallLinksKey, queryFn: () => ask<WallLinkBody[]>("GET", "/wall-links") });
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  return (
    <>
      <SectionHead
        title="Wall links"
        lead="For a screen in the room: it shows the state, needs no keyboard, and can change nothing."
      >
        <button type="button" className="btn btn-primary" onClick={() => setOpen({ kind: "add" })}>
          Add wall link…
        </button>
      </SectionHead>
      <ListOf name="Wall links" rows={links} empty="No wall links. A screen on the wall opens one.">
        {(link) => <WallLinkRow key={link.id} link={link} onRevoke={() => setOpen({ kind: "revoke", link })} />}
      </ListOf>
      {open?.kind === "add" && (
        <AddWallLink
          onClose={close}
          onAdded={({ name, url }) => setOpen(url === null ? null : { kind: "made", name, url })}
        />
      )}
      {open?.kind === "revoke" && <RevokeWallLink link={open.link} onClose={close} />}
      {open?.kind === "made" && (
        <SecretDialog
          title={`Wall link ${open.name} is made`}
          text="Open it on the screen. Whoever has it sees what the wall shows."
          label={`Wall link ${open.name}`}
          secret={open.url}
          onClose={close}
        />
      )}
    </>
  );
}

function WallLinkRow({ link, onRevoke }: { link: WallLinkBody; onRevoke(): void }) {
  const nowMs = useAppNow();
  const from = link.lastSeenFrom === null ? "" : ` at ${link.lastSeenFrom}`;
  return (
    <Row
      name={link.name}
      title={link.name}
      facts={[
        link.lastSeenAt === null ? "never opened" : `seen ${ago(link.lastSeenAt, nowMs)}${from}`,
        endWords(link),
        <code key="prefix">{`${link.prefix}…`}</code>,
        `by ${link.createdBy}, ${day(link.createdAt)}`,
      ]}
      actions={
        <Action name={`Revoke ${link.name}`} isDanger onClick={onRevoke}>
          Revoke…
        </Action>
      }
    />
  );
}

function AddWallLink({ onClose, onAdded }: { onClose(): void; onAdded(link: AddedWallLinkBody): void }) {
  const [name, setName] = useState("");
  const [expiry, setExpiry] = useState<Expiry>("never");
  const change = useChange(wallLinksKey);
  async function submit() {
    const body = { name: name.trim(), expiresAt: expiresAt(expiry, appNow()) };
    const added = await change.run(() => ask<AddedWallLinkBody>("POST", "/wall-links", body));
    if (added !== null) onAdded(added.value);
  }
  return (
    <FormDialog title="Add a wall link" verb="Add wall link" isBusy={change.isBusy} onClose={onClose} onSubmit={submit}>
      <TextField
        label="Name"
        placeholder="screen by the door"
        value={name}
        onChange={setName}
        required
        maxLength={100}
      />
      <SelectField<Expiry> label="Expires" value={expiry} choices={expiryChoices} onChange={setExpiry} />
      <Refused>{change.refusal}</Refused>
    </FormDialog>
  );
}

function RevokeWallLink({ link, onClose }: { link: WallLinkBody; onClose(): void }) {
  const change = useChange(wallLinksKey);
  const showToast = useToast();
  return (
    <ConfirmDialog
      title={`Revoke ${link.name}?`}
      text="Screens that show it lose the picture at once and need a new link."
      verb={`Revoke ${link.name}`}
      change={change}
      onClose={onClose}
      onConfirm={async () => {
        if ((await change.run(() => ask("DELETE", `/wall-links/${encodeURIComponent(link.id)}`))) === null) return;
        showToast({ text: `Wall link ${link.name} is revoked.` });
        onClose();
      }}
    />
  );
}
