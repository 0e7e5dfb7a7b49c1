"use client";
// Who may sign in, what they may do, when they were here.
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { useAppNow } from "#components/live/hooks.ts";
import { useToast } from "#components/toast/toast.tsx";
import type { AddedPersonBody, PersonBody, ResetLinkBody } from "#lib/wire/people.ts";
import { ask } from "./api.ts";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { peopleKey } from "./keys.ts";
import { AddPersonDialog, ChangePersonDialog } from "./person-dialog.tsx";
import { SecretDialog } from "./secret-dialog.tsx";
import { Action, ListOf, Row, SectionHead } from "./section.tsx";
import { useChange } from "./use-change.ts";
import { ago, dateMinute, limitWords } from "./words.ts";

type Open =
  | { kind: "add" }
  | { kind: "change" | "remove" | "new-link"; person: PersonBody }
  | { kind: "link"; name: string; link: ResetLinkBody; isNew: boolean };

export function People() {
  const people = useQuery({ queryKey: peopleKey, queryFn: () => ask<PersonBody[]>("GET", "/people") });
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  return (
    <>
      <SectionHead
        title="People"
        lead="Who may sign in, and what they may do. A change counts at once, in every browser."
      >
        <button type="button" className="btn btn-primary" onClick={() => setOpen({ kind: "add" })}>
          Add person…
        </button>
      </SectionHead>
      <ListOf name="People" rows={people} empty="Nobody yet.">
        {(person) => <PersonRow key={person.id} person={person} onOpen={setOpen} />}
      </ListOf>
      {open?.kind === "add" && (
        <AddPersonDialog
          onClose={close}
          onAdded={(person: AddedPersonBody) =>
            setOpen(person.link === null ? null : { kind: "link", name: person.name, link: person.link, isNew: true })
          }
        />
      )}
      {open?.kind === "change" && <ChangePersonDialog person={open.person} onClose={close} />}
      {open?.kind === "remove" && <RemovePerson person={open.person} onClose={close} />}
      {open?.kind === "new-link" && (
        <NewLink
          person={open.person}
          onClose={close}
          onMade={(link) => setOpen({ kind: "link", name: open.person.name, link, isNew: false })}
        />
      )}
      {open?.kind === "link" && (
        <SecretDialog
          title={open.isNew ? `${open.name} is added` : `A new link for ${open.name}`}
          text={`Give ${open.name} this link to choose a password. It works once, until ${dateMinute(open.link.expiresAt)}.`}
          label={`Link for ${open.name}`}
          secret={open.link.url}
          onClose={close}
        />
      )}
    </>
  );
}

function PersonRow({ person, onOpen }: { person: PersonBody; onOpen(open: Open): void }) {
  const nowMs = useAppNow();
  const { name, isYou, role } = person;
  return (
    <Row
      name={name}
      title={isYou ? `${name} (you)` : name}
      facts={[
        <b key="role">{role}</b>,
        limitWords(role, person.backends),
        signInWords(person),
        person.isDisabled && <b key="disabled">may not sign in</b>,
        person.lastSeenAt === null ? "" : `seen ${ago(person.lastSeenAt, nowMs)}`,
      ]}
      actions={
        isYou ? (
          <Link className="btn btn-sm" href="/settings/account">
            Your account
          </Link>
        ) : (
          <>
            <Action name={`Change ${name}`} onClick={() => onOpen({ kind: "change", person })}>
              Change…
            </Action>
            {(person.signsInWith === "password" || person.signsInWith === "invited") && (
              <Action name={`New link for ${name}`} onClick={() => onOpen({ kind: "new-link", person })}>
                New link…
              </Action>
            )}
            <Action name={`Remove ${name}`} isDanger onClick={() => onOpen({ kind: "remove", person })}>
              Remove…
            </Action>
          </>
        )
      }
    />
  );
}

function signInWords({ signsInWith, linkExpiresAt }: PersonBody): string {
  switch (signsInWith) {
    case "password":
      return linkExpiresAt === null ? "" : `reset link out, until ${dateMinute(linkExpiresAt)}`;
    case "invited":
      return linkExpiresAt === null ? "invited, link expired" : `invited, link until ${dateMinute(linkExpiresAt)}`;
    case "openid":
      return "signs in at the provider";
    case "proxy":
      return "signs in at the proxy";
  }
}

function RemovePerson({ person, onClose }: { person: PersonBody; onClose(): void }) {
  const change = useChange(peopleKey);
  const showToast = useToast();
  return (
    <ConfirmDialog
      title={`Remove ${person.name}?`}
      text={`${person.name} is signed out everywhere at once and cannot sign in again. What ${person.name} did stays in the events.`}
      verb={`Remove ${person.name}`}
      change={change}
      onClose={onClose}
      onConfirm={async () => {
        if ((await change.run(() => ask("DELETE", `/people/${encodeURIComponent(person.id)}`))) === null) return;
        showToast({ text: `${person.name} is removed.` });
        onClose();
      }}
    />
  );
}

function NewLink({
  person,
  onClose,
  onMade,
}: {
  person: PersonBody;
  onClose(): void;
  onMade(link: ResetLinkBody): void;
}) {
  const change = useChange(peopleKey);
  return (
    <ConfirmDialog
      title={`A new link for ${person.name}?`}
      text={`Whoever opens it sets the password of ${person.name}, which signs ${person.name} out elsewhere. A link from before stops working.`}
      verb="Make the link"
      change={change}
      onClose={onClose}
      onConfirm={async () => {
        const path = `/people/${encodeURIComponent(person.id)}/reset-link`;
        const made = await change.run(() => ask<ResetLinkBody>("POST", path));
        if (made !== null) onMade(made.value);
      }}
    />
  );
}
