// What a person does with the own account: the password, and the browsers that are signed in.
import { passwordMistake } from "#lib/auth/password-rule.ts";
import type { AccountBody, LoginBody } from "#lib/wire/account.ts";
import { runRequest } from "#server/ops/audited.ts";
import { ProblemError } from "#server/ops/problem-error.ts";
import type { Call } from "#server/ops/verb.ts";
import { loginIdOf } from "#server/store/logins.ts";
import type { Person } from "#server/store/people.ts";
import { type ManageOptions, signInKindOf } from "./manage-people.ts";
import { hashPassword, verifyPassword } from "./passwords.ts";
import type { Throttle } from "./throttle.ts";
import { tooManyAttempts } from "./too-many.ts";
import { TooManyWaiting } from "./turns.ts";

export interface OwnAccountOptions extends ManageOptions {
  throttle: Throttle;
}

/** `login`: the hash of the cookie that asks; null when the person came another way */
export interface OwnAccount {
  show(call: Call): Promise<AccountBody>;
  /** Ends the person's other logins. */
  changePassword(call: Call, login: string | null, input: { oldPassword: string; newPassword: string }): Promise<void>;
  logins(call: Call, login: string | null): Promise<LoginBody[]>;
  endLogin(call: Call, id: string): Promise<void>;
  signOutEverywhere(call: Call): Promise<void>;
}

export function ownAccount({ store, context, changed, throttle }: OwnAccountOptions): OwnAccount {
  const { now } = context;
  const common = { permission: "account:write", backends: [], reason: null } as const;

  async function self({ actor }: Call): Promise<Person> {
    const person = actor.kind === "person" ? await store.people.byId(actor.id) : null;
    if (person === null)
      throw new ProblemError("not-allowed", "Only a person has an account here. Sign in with a name and a password.");
    return person;
  }

  /** The hash that the old password was right for. */
  async function verified(person: Person, call: Call, oldPassword: string): Promise<string> {
    if (person.passwordHash === null)
      throw new ProblemError("conflict", `${person.name} signs in elsewhere and has no password here.`);
    const attempt = throttle.begin(person.name, call.remoteAddress ?? "unknown", now());
    if (!attempt.ok) throw tooManyAttempts(Math.ceil(attempt.retryAfterMs / 1000));
    if (!(await verifyPassword(oldPassword, person.passwordHash)))
      throw new ProblemError(
        "not-allowed",
        "The old password is wrong. Type it again, or ask an admin for a reset link.",
      );
    throttle.succeeded(person.name, call.remoteAddress ?? "unknown");
    return person.passwordHash;
  }

  return {
    async show(call) {
      const person = await self(call);
      const { id, name, role, backends, createdAt } = person;
      return { id, name, role, backends, signsInWith: signInKindOf(person), createdAt };
    },

    async changePassword(call, login, { oldPassword, newPassword }) {
      const person = await self(call);
      await runRequest(context, call, {
        ...{ ...common, action: "account:change-password", target: person.name },
        check: () => {
          const mistake = passwordMistake(newPassword);
          if (mistake !== null) throw new ProblemError("malformed", mistake);
        },
        act: async () => {
          try {
            const before = await verified(person, call, oldPassword);
            // Hashing takes its time: who used a reset link meanwhile has chosen the password that counts.
            if (!(await store.people.setPassword(person.id, await hashPassword(newPassword), before)))
              throw new ProblemError("conflict", "The password was changed meanwhile. Sign in with the new one.");
          } catch (error) {
            throw error instanceof TooManyWaiting ? tooManyAttempts(2) : error;
          }
          return store.logins.removeAll(person.id, login);
        },
        after: (ended) => ({ after: "password changed", detail: { otherLoginsEnded: ended } }),
      });
      changed();
    },

    async logins(call, login) {
      const rows = await store.logins.list((await self(call)).id, now());
      return rows.map(({ hash, personId: _person, ...row }) => ({
        ...row,
        id: loginIdOf(hash),
        isThis: hash === login,
      }));
    },

    async endLogin(call, id) {
      const person = await self(call);
      await runRequest(context, call, {
        ...{ ...common, action: "account:end-login", target: person.name },
        check: () => ({ loginId: id }),
        act: async () => {
          if (!(await store.logins.removeOne(person.id, id)))
            throw new ProblemError(
              "unknown-name",
              "This login is over already. GET /api/v1/account/logins lists yours.",
            );
        },
        after: () => ({ after: "signed out there", detail: { loginId: id } }),
      });
      changed();
    },

    async signOutEverywhere(call) {
      const person = await self(call);
      await runRequest(context, call, {
        ...{ ...common, action: "account:sign-out-everywhere", target: person.name },
        check: () => ({ personId: person.id }),
        act: () => store.logins.removeAll(person.id, null),
        after: (ended) => ({ after: "signed out everywhere", detail: { loginsEnded: ended } }),
      });
      changed();
    },
  };
}
