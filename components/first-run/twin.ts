// Two addresses of one HAProxy process: its sessions would count twice. The app compares with what is on its board; those
// that are only tried are compared here. Pure.
import type { AddressTest } from "#lib/wire/settings.ts";

export interface Candidate {
  readonly name: string;
  readonly address: string;
  readonly test: AddressTest;
  readonly testedAtMs: number;
}

/** Uptimes are whole seconds, and an answer takes its time. */
const START_SLACK_MS = 3_000;

/** The candidate, with one finding more where another one is the same process. */
export function withoutTwin(tried: Candidate, others: readonly Candidate[]): Candidate {
  const twin = others.find((other) => other.name !== tried.name && isSameProcess(tried, other));
  if (twin === undefined) return tried;
  const finding = {
    ...({ code: "same-process", severity: "error", of: "address" } as const),
    message: `This is the HAProxy process (pid ${tried.test.pid}) of ${twin.name}, by another address.`,
    fix: "Keep one of the two; its sessions would count twice.",
  };
  return { ...tried, test: { ...tried.test, ok: false, findings: [...tried.test.findings, finding] } };
}

/** Same pid, version and start: on two machines that is next to impossible. */
function isSameProcess(a: Candidate, b: Candidate): boolean {
  if (a.test.pid === null || a.test.pid !== b.test.pid || a.test.version !== b.test.version) return false;
  const startOf = ({ test, testedAtMs }: Candidate) => testedAtMs - (test.uptimeSec ?? 0) * 1_000;
  return Math.abs(startOf(a) - startOf(b)) <= START_SLACK_MS;
}
