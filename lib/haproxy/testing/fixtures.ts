// Captured replies for tests. Captures come from real HAProxy and are never edited (style.md 19).
import { readFileSync } from "node:fs";

export const versions = ["2.2", "2.6", "3.0", "3.2"] as const;
export type CapturedVersion = (typeof versions)[number];

/** Replies to OBSERVE_LINE: a rich configuration, the same at level user, and one without any backend. */
export const observeFixtures = ["observe.txt", "observe-user.txt", "observe-no-servers.txt"] as const;

export function fixtureBytes(version: CapturedVersion, name: string): Buffer {
  return readFileSync(new URL(`../fixtures/${version}/${name}`, import.meta.url));
}

export function fixtureText(version: CapturedVersion, name: string): string {
  return fixtureBytes(version, name).toString("utf8");
}
