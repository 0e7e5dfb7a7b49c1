// The quiet window when nobody chose one: how long a user of this backend may be silent and still come back.
import type { BackendRow } from "#lib/fleet/view.ts";

export interface Persistence {
  /** name of the backend's persistence cookie; empty: none, or the socket does not show it */
  cookie: string;
  mode: string;
  /** balance algorithm; empty only when the socket's level hides it (and the cookie with it) */
  algo: string;
  /** whether a stick table sends users back to their server; null: not known */
  stickTable: boolean | null;
}

export interface QuietWindow {
  quietMs: number;
  /** one sentence for the dialog and the record */
  why: string;
}

/** 6 users with 3 to 9 s between requests had gaps of 5.5 to 6.7 s (haproxy.md 7.1); people who read take longer. */
const COOKIE_MS = 30_000;
const STICK_MS = 30_000;
const UNKNOWN_MS = 30_000;
/** Without persistence HAProxy sends nobody new in drain: this only has to outlast our own polls. */
const NONE_MS = 10_000;

export function persistenceOf(rows: readonly BackendRow[], stickTable: boolean | null): Persistence {
  const first = rows[0];
  return {
    cookie: rows.find((row) => row.cookie !== "")?.cookie ?? "",
    mode: first?.mode ?? "",
    algo: rows.find((row) => row.algo !== "")?.algo ?? "",
    stickTable,
  };
}

export function defaultQuietWindow(about: Persistence): QuietWindow {
  if (about.cookie !== "") {
    return {
      quietMs: COOKIE_MS,
      why: `Users with cookie ${about.cookie} come back between requests; make it longer than they read a page, up to the application's session timeout.`,
    };
  }
  if (about.stickTable === true) {
    return {
      quietMs: STICK_MS,
      why: "A stick table sends users back to their server; make it longer than they pause, up to the table's expire.",
    };
  }
  if (about.algo === "") {
    return { quietMs: UNKNOWN_MS, why: "The socket's level hides cookies, so users may come back between requests." };
  }
  if (about.stickTable === null) {
    return {
      quietMs: UNKNOWN_MS,
      why: "No persistence cookie, but a stick table may send users back to this server; make it longer than they pause.",
    };
  }
  if (about.mode === "tcp")
    return {
      quietMs: NONE_MS,
      why: "TCP without a stick table: in drain nobody new comes, only open sessions end.",
    };
  return {
    quietMs: NONE_MS,
    why: "No persistence cookie and no stick table: in drain nobody new comes, only requests in progress end.",
  };
}

/** The longest of several: one window serves the whole job. */
export function longestWindow(windows: readonly QuietWindow[]): QuietWindow {
  const longest = windows.reduce<QuietWindow | null>((a, b) => (a === null || b.quietMs > a.quietMs ? b : a), null);
  return longest ?? { quietMs: UNKNOWN_MS, why: "Nothing is known about the backend." };
}
