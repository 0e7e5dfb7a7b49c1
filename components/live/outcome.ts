// What a person is told when a command got no answer.
import type { SetStateResult } from "#lib/wire/commands.ts";
import type { Problem } from "#lib/wire/problem.ts";

export type Answer<T> = { ok: true; value: T } | { ok: false; problem: Problem };
export type SetStateOutcome = Answer<SetStateResult>;
type Refusal = { ok: false; problem: Problem };

export function notConnected(): Refusal {
  return {
    ok: false,
    problem: {
      type: "about:blank",
      status: 503,
      code: "unreachable",
      title: "Not connected",
      detail: "This page is not connected to the app, so nothing was sent. Try again when it is.",
    },
  };
}

export function unanswered(): Refusal {
  return {
    ok: false,
    problem: {
      type: "about:blank",
      status: 502,
      code: "outcome-unknown",
      title: "Outcome unknown",
      detail: "The command was sent, but the app did not answer. Look at the board: it shows what HAProxy says.",
    },
  };
}
