// The operational state: what the checks say, apart from what the operator wants. `show stat`'s status text mixes both
// axes, so it is read only where the admin state leaves it to speak (haproxy.md 4.5; management manual 9.1, "status").

export const opStates = ["up", "going-down", "nolb", "going-up", "down", "no-check", "maint", "unknown"] as const;
export type OpState = (typeof opStates)[number];
