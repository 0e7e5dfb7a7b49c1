"use client";
// API tokens: for scripts, with a role and an end of their own.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { appNow, useAppNow } from "#components/live/hooks.ts";
import { useToast } from "#components/toast/toast.tsx";
import type { Role } from "#lib/auth/permissions.ts";
import type { AddedTokenBody, TokenBody } from "#lib/wire/tokens.ts";
import { ask } from "./api.ts";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { type Expiry, expiresAt, expiryChoices } from "./expiry.ts";
import { AccessFields, Refused, SelectField, TextField } from "./form.tsx";
import { FormDialog } from "./form-dialog.tsx";
import { tokensKey } from "./keys.ts";
import { accessBody } from "./person-dialog.tsx";
import { SecretDialog } from "./secret-dialog.tsx";
import { Action, ListOf, Row, SectionHead } from "./section.tsx";
import { useChange } from "./use-change.ts";
import { ago, day, limitWords } from "./words.ts";

type Open = { kind: "add" } | { kind: "revoke"; token: TokenBody } | { kind: "made"; name: string; token: string };

export function Tokens() {
  const tokens = useQuery({ queryKey: tokensKey, queryFn: () => ask<TokenBody[]>("GET", "/tokens") });
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  return (
    <>
      <SectionHead title="API tokens" lead="For scripts and other tools, over REST and the command line.">
        <button type="button" className="btn btn-primary" onClick={() => setOpen({ kind: "add" })}>
          Add token…
        </button>
      </SectionHead>
      <ListOf name="API tokens" rows={tokens} empty="No tokens. A script needs one to call Drainboard.">
        {(token) => <TokenRow key={token.id} token={token} onRevoke={() => setOpen({ kind: "revoke", token })} />}
      </ListOf>
      {open?.kind === "add" && (
        <AddToken
          onClose={close}
          onAdded={({ name, token }) => setOpen(token === null ? null : { kind: "made", name, token })}
        />
      )}
      {open?.kind === "revoke" && <RevokeToken token={open.token} onClose={close} />}
      {open?.kind === "made" && (
        <SecretDialog
          title={`Token ${open.name} is made`}
          text="Send it in the header Authorization: Bearer TOKEN."
          label={`Token ${open.name}`}
          secret={open.token}
          onClose={close}
        />
      )}
    </>
  );
}

function TokenRow({ token, onRevoke }: { token: TokenBody; onRevoke(): void }) {
  const nowMs = useAppNow();
  const from = token.lastUsedFrom === null ? "" : ` from ${token.lastUsedFrom}`;
  return (
    <Row
      name={token.name}
      title={token.name}
      facts={[
        <b key="role">{token.role}</b>,
        limitWords(token.role, token.backends),
        <code key="prefix">{`${token.prefix}…`}</code>,
        endWords(token),
        token.lastUsedAt === null ? "never used" : `used ${ago(token.lastUsedAt, nowMs)}${from}`,
        `by ${token.createdBy}, ${day(token.createdAt)}`,
      ]}
      actions={
        <Action name={`Revoke ${token.name}`} isDanger onClick={onRevoke}>
          Revoke…
        </Action>
      }
    />
  );
}

export function endWords({ expiresAt: at, isExpired }: { expiresAt: number | null; isExpired: boolean }) {
  if (at === null) return "no end";
  return isExpired ? <b>{`expired ${day(at)}`}</b> : `until ${day(at)}`;
}

function AddToken({ onClose, onAdded }: { onClose(): void; onAdded(token: AddedTokenBody): void }) {
  const [name, setName] = useState("");
  const [access, setAccess] = useState<{ role: Role; backends: string }>({ role: "operator", backends: "" });
  const [expiry, setExpiry] = useState<Expiry>("90");
  const change = useChange(tokensKey);
  async function submit() {
    const body = { name: name.trim(), ...accessBody(access), expiresAt: expiresAt(expiry, appNow()) };
    const added = await change.run(() => ask<AddedTokenBody>("POST", "/tokens", body));
    if (added !== null) onAdded(added.value);
  }
  return (
    <FormDialog title="Add an API token" verb="Add token" isBusy={change.isBusy} onClose={onClose} onSubmit={submit}>
      <TextField label="Name" placeholder="deploy pipeline" value={name} onChange={setName} required maxLength={100} />
      <AccessFields value={access} onChange={setAccess} />
      <SelectField<Expiry> label="Expires" value={expiry} choices={expiryChoices} onChange={setExpiry} />
      <Refused>{change.refusal}</Refused>
    </FormDialog>
  );
}

function RevokeToken({ token, onClose }: { token: TokenBody; onClose(): void }) {
  const change = useChange(tokensKey);
  const showToast = useToast();
  return (
    <ConfirmDialog
      title={`Revoke ${token.name}?`}
      text="Whatever uses it is refused from now on. It cannot be brought back, only replaced."
      verb={`Revoke ${token.name}`}
      change={change}
      onClose={onClose}
      onConfirm={async () => {
        if ((await change.run(() => ask("DELETE", `/tokens/${encodeURIComponent(token.id)}`))) === null) return;
        showToast({ text: `Token ${token.name} is revoked.` });
        onClose();
      }}
    />
  );
}
