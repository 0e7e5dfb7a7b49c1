// The operational state: what the checks say, apart from what the operator wants. `show stat`'s status text mixes both
// axes, so it is read only where the admin state leaves it to speak (haproxy.md 4.5; management manual 9.1, "status").
import { MAINT_MASK } from "#lib/haproxy/admin-state.ts";
import type { ServerRow } from "./view.ts";

export const opStates = ["up", "going-down", "nolb", "going-up", "down", "no-check", "maint", "unknown"] as const;
export type OpState = (typeof opStates)[number];

export const statusWords = ["UP", "DOWN", "NOLB", "DRAIN", "MAINT", "no check"] as const;
export type StatusWord = (typeof statusWords)[number];

export interface Status {
  readonly word: StatusWord;
  /** `UP 1/3`: between two states, that many checks done of that many */
  readonly progress: { readonly done: number; readonly of: number } | null;
  /** what stands in brackets: `agent`, `resolution`, `via px/sv`; else empty */
  readonly detail: string;
}

// a detail that HAProxy does not print beside a word today may mean anything, so it is not read as that word
const STATUS =
  /^(?:(UP|DOWN|NOLB|DRAIN)(?: (\d+)\/(\d+))?|(DOWN|DRAIN) \((agent)\)|(MAINT)(?: \(([^()]+)\))?|(no check))$/;

/** The status text of a server row. Null for a word of a version not known yet. */
export function parseStatus(text: string): Status | null {
  const match = STATUS.exec(text);
  if (match === null) return null;
  const [, plain, done, of, withAgent, agent, maint, origin, noCheck] = match;
  const word = statusWords.find((known) => known === (plain ?? withAgent ?? maint ?? noCheck));
  if (word === undefined) return null;
  const detail = agent ?? origin ?? "";
  return { word, progress: done === undefined ? null : { done: Number(done), of: Number(of) }, detail };
}

type OpFacts = Pick<
  ServerRow,
  "status" | "adminBits" | "checkStatus" | "agentStatus" | "tracked" | "checkHealth" | "checkRise" | "checkFall"
>;

export function opStateOf(row: OpFacts): OpState {
  // checks are paused in maint, whatever the text of a reply that caught the change half way
  if (row.adminBits & MAINT_MASK) return "maint";
  const status = parseStatus(row.status);
  if (status === null) return "unknown";
  switch (status.word) {
    case "UP":
      return status.progress === null ? "up" : "going-down";
    case "DOWN":
      return status.progress === null ? "down" : "going-up";
    case "NOLB":
      return "nolb";
    case "DRAIN":
      return drainedOpState(row, status);
    case "MAINT":
      return "maint";
    case "no check":
      return "no-check";
  }
}

/** DRAIN hides the word for the check, though not its failure: a drained server whose checks failed prints DOWN. */
function drainedOpState(row: OpFacts, status: Status): OpState {
  if (status.progress !== null) return "going-down";
  if (row.checkStatus === "" && row.agentStatus === "" && row.tracked === null) return "no-check";
  // "DRAIN (agent)" also hides the fraction; health says it
  const { checkHealth, checkRise, checkFall } = row;
  if (status.detail !== "agent" || checkHealth === null || checkRise === null || checkFall === null) return "up";
  return checkHealth < checkRise + checkFall - 1 ? "going-down" : "up";
}

/** Mildest first. Maint is somebody's decision, so trouble outranks it; what is not understood outranks what works. */
const severity: Record<OpState, number> = {
  up: 0,
  "no-check": 1,
  maint: 2,
  "going-down": 3,
  nolb: 4,
  unknown: 5,
  "going-up": 6,
  down: 7,
};

/** Above 0 when `a` is worse than `b`. */
export function compareOpStates(a: OpState, b: OpState): number {
  return severity[a] - severity[b];
}

/** `unknown` of none: nothing is known then. */
export function worstOpState(states: Iterable<OpState>): OpState {
  let worst: OpState | null = null;
  for (const state of states) if (worst === null || compareOpStates(state, worst) > 0) worst = state;
  return worst ?? "unknown";
}
