// Who takes NEW users now. Used for capacity, for the guard and for rolling runs, so all three count alike.
import { adminStateOf } from "#lib/haproxy/admin-state.ts";
import type { OpState } from "./op-state.ts";
import { opStateOf } from "./op-state.ts";
import type { ServerRow } from "./view.ts";

/** Operational states in which HAProxy still sends new users. `going-down` is UP with failed checks: it still does. */
const SERVING: ReadonlySet<OpState> = new Set(["up", "going-down", "no-check"]);

/**
 * True when the load balancer would send a new user to this server (haproxy.md section 11: running, no maint or drain
 * bit, weight above 0). A server in its slowstart ramp takes new users, but not its full share: see isRamping.
 */
export function takesNewUsers(row: ServerRow): boolean {
  return adminStateOf(row.adminBits) === "ready" && row.weight > 0 && SERVING.has(opStateOf(row));
}

/** A slowstart ramp runs: fewer new users than its configured weight says. Not counted as full capacity. */
export function isRamping(row: ServerRow): boolean {
  return row.throttle !== null && row.throttle < 100;
}
