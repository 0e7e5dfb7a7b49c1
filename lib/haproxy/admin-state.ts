// The admin state of a server is a bit mask (`srv_admin_state` of `show servers state`); the status text of `show stat`
// cannot carry it. Bits and masks are the same from 2.2 to 3.5-dev (management manual 9.3, "show servers state").
import type { ServerId } from "./names.ts";

export const AdminBit = {
  /** forced by the runtime API, the stats page, an agent or Lua */
  forcedMaint: 0x01,
  /** inherited from the server that this one tracks */
  inheritedMaint: 0x02,
  /** was `disabled` in the configuration: history only, it stays set after `ready` */
  configMaint: 0x04,
  forcedDrain: 0x08,
  inheritedDrain: 0x10,
  /** no address: DNS did not resolve */
  resolutionMaint: 0x20,
  /** the FQDN was changed at run time: history only */
  fqdnChanged: 0x40,
} as const;

export const MAINT_MASK = AdminBit.forcedMaint | AdminBit.inheritedMaint | AdminBit.resolutionMaint;
export const DRAIN_MASK = AdminBit.forcedDrain | AdminBit.inheritedDrain;

export const adminStates = ["ready", "drain", "maint"] as const;
export type AdminState = (typeof adminStates)[number];

/** Effective state: maint wins over drain, as it does inside HAProxy. */
export function adminStateOf(bits: number): AdminState {
  if (bits & MAINT_MASK) return "maint";
  if (bits & DRAIN_MASK) return "drain";
  return "ready";
}

/**
 * Whether the bits show what was asked. `ready` clears only the forced bits: a server that tracks another one, or whose
 * name does not resolve, stays out of service and that is not a failure of the command.
 */
export function showsRequest(bits: number, asked: AdminState): boolean {
  switch (asked) {
    case "maint":
      return (bits & AdminBit.forcedMaint) !== 0;
    case "drain":
      return (bits & AdminBit.forcedDrain) !== 0 && (bits & AdminBit.forcedMaint) === 0;
    case "ready":
      return (bits & (AdminBit.forcedMaint | AdminBit.forcedDrain)) === 0;
  }
}

/** Why a server is not simply taking users. `none` is ready with weight. */
export type Cause =
  | { kind: "none" }
  | { kind: "operator" }
  | { kind: "config" }
  | { kind: "tracked"; from: ServerId | null }
  | { kind: "dns" }
  | { kind: "agent" }
  | { kind: "weight-0" };

export interface CauseFacts {
  bits: number;
  /** `px/sv` of the server this one tracks, or null */
  tracked: ServerId | null;
  /** non-empty when an agent check is enabled: an agent's drain and an operator's drain have the same bits */
  agentStatus: string;
  /** effective weight, null when unknown */
  weight: number | null;
  /** true while a slowstart ramp is running: a weight of 0 then is not a decision */
  isRamping: boolean;
}

/** Precedence as HAProxy prints it: DNS wins over tracked, tracked over forced. `disabled` in the file shows as 0x01 + 0x04. */
export function causeOf(facts: CauseFacts): Cause {
  const { bits } = facts;
  if (bits & AdminBit.resolutionMaint) return { kind: "dns" };
  if (bits & AdminBit.inheritedMaint) return { kind: "tracked", from: facts.tracked };
  if (bits & AdminBit.forcedMaint) return bits & AdminBit.configMaint ? { kind: "config" } : { kind: "operator" };
  if (bits & AdminBit.forcedDrain) return facts.agentStatus === "" ? { kind: "operator" } : { kind: "agent" };
  if (bits & AdminBit.inheritedDrain) return { kind: "tracked", from: facts.tracked };
  if (facts.weight === 0 && !facts.isRamping) return { kind: "weight-0" };
  return { kind: "none" };
}

/** The cause in words for people; empty for `none`. */
export function causeText(cause: Cause): string {
  switch (cause.kind) {
    case "none":
      return "";
    case "operator":
      return "set by an operator";
    case "config":
      return "disabled in haproxy.cfg, or set maint by hand since";
    case "tracked":
      return cause.from === null ? "follows the server it tracks" : `follows ${cause.from}, which it tracks`;
    case "dns":
      return "its name does not resolve (DNS)";
    case "agent":
      return "set by an operator or by its agent check";
    case "weight-0":
      return "weight 0: takes no new users";
  }
}
