"use client";
// One's own account: who one is, the password, and the browsers one is signed in with.
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useAppNow } from "#components/live/hooks.ts";
import { useToast } from "#components/toast/toast.tsx";
import type { AccountBody, LoginBody } from "#lib/wire/account.ts";
import { ask } from "./api.ts";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { Refused, TextField } from "./form.tsx";
import { accountKey, loginsKey } from "./keys.ts";
import { Action, ListOf, Row, SectionHead } from "./section.tsx";
import { useChange } from "./use-change.ts";
import { ago, browserWords, day, limitWords } from "./words.ts";

export function Account() {
  const account = useQuery({ queryKey: accountKey, queryFn: () => ask<AccountBody>("GET", "/account") });
  const { data } = account;
  const limit = data === undefined ? "" : limitWords(data.role, data.backends);
  const lead =
    data === undefined
      ? "Your password and your logins."
      : `You are ${data.name}, with role ${data.role}${limit === "" ? "" : ` on ${limit}`}, since ${day(data.createdAt)}.`;
  return (
    <>
      <SectionHead title="Account" lead={lead} />
      {account.error !== null && (
        <p className="set-empty" role="alert">
          {account.error.message}
        </p>
      )}
      {data?.signsInWith === "password" && <ChangePassword name={data.name} />}
      {data?.signsInWith === "openid" && (
        <p className="set-empty">You sign in at your provider, so the password is changed there.</p>
      )}
      {data?.signsInWith === "proxy" && (
        <p className="set-empty">The proxy in front signs you in, so the password is changed there.</p>
      )}
      <Logins />
    </>
  );
}

function ChangePassword({ name }: { name: string }) {
  const [old, setOld] = useState("");
  const [next, setNext] = useState("");
  const [again, setAgain] = useState("");
  const change = useChange(loginsKey);
  const showToast = useToast();
  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (next !== again) {
      change.refuse("The two new passwords differ. Type the same one twice.");
      return;
    }
    const body = { oldPassword: old, newPassword: next };
    if ((await change.run(() => ask("PUT", "/account/password", body))) === null) return;
    for (const clear of [setOld, setNext, setAgain]) clear("");
    showToast({ text: "The password is changed. Your other logins have ended." });
  }
  return (
    <section className="set-part">
      <h2>Password</h2>
      <form className="set-password" method="post" onSubmit={submit}>
        <input type="text" name="username" autoComplete="username" value={name} readOnly hidden />
        <TextField
          label="Old password"
          type="password"
          autoComplete="current-password"
          value={old}
          onChange={setOld}
          required
        />
        <TextField
          label="New password"
          type="password"
          autoComplete="new-password"
          value={next}
          onChange={setNext}
          required
        />
        <TextField
          label="New password again"
          type="password"
          autoComplete="new-password"
          value={again}
          onChange={setAgain}
          required
        />
        <Refused>{change.refusal}</Refused>
        <button type="submit" className="btn btn-primary" aria-disabled={change.isBusy}>
          Change password
        </button>
      </form>
    </section>
  );
}

function Logins() {
  const logins = useQuery({ queryKey: loginsKey, queryFn: () => ask<LoginBody[]>("GET", "/account/logins") });
  const [isAsking, setAsking] = useState(false);
  const ending = useChange(loginsKey);
  const nowMs = useAppNow();
  const showToast = useToast();

  async function end(login: LoginBody, browser: string) {
    const done = await ending.run(() => ask("DELETE", `/account/logins/${encodeURIComponent(login.id)}`));
    if (done !== null) showToast({ text: `${browser} is signed out.` });
  }

  return (
    <section className="set-part">
      <div className="set-head is-small">
        <h2>Where you are signed in</h2>
        <button type="button" className="btn btn-outline-danger" onClick={() => setAsking(true)}>
          Sign out everywhere…
        </button>
      </div>
      <Refused>{ending.refusal}</Refused>
      <ListOf name="Logins" rows={logins} empty="Nowhere with a login of its own.">
        {(login) => {
          const browser = browserWords(login.userAgent);
          return (
            <Row
              key={login.id}
              name={login.isThis ? `${browser}, this browser` : browser}
              title={browser}
              facts={[
                login.isThis && <b key="this">this browser</b>,
                login.remoteAddress === null ? "" : `at ${login.remoteAddress}`,
                `seen ${ago(login.lastSeenAt, nowMs)}`,
                `since ${day(login.createdAt)}`,
              ]}
              actions={
                login.isThis ? undefined : (
                  <Action name={`Sign out ${browser}`} onClick={() => void end(login, browser)}>
                    Sign out
                  </Action>
                )
              }
            />
          );
        }}
      </ListOf>
      {isAsking && <SignOutEverywhere onClose={() => setAsking(false)} />}
    </section>
  );
}

function SignOutEverywhere({ onClose }: { onClose(): void }) {
  const change = useChange();
  return (
    <ConfirmDialog
      title="Sign out everywhere?"
      text="Every browser you are signed in with is signed out, this one too. Maintenances go on."
      verb="Sign out everywhere"
      change={change}
      onClose={onClose}
      onConfirm={async () => {
        const done = await change.run(() => ask("POST", "/account/sign-out-everywhere"));
        // a whole load: nothing of the fleet stays in memory
        if (done !== null) window.location.assign("/sign-in");
      }}
    />
  );
}
