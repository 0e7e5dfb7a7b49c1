// The plan as a shell script that a person can read, keep in a ticket, or run by hand when the app is not there.

import { formatDuration } from "./duration.ts";
import type { MaintenanceOptions } from "./job.ts";
import type { LoadBalancerPlan, Plan, PlanStep } from "./plan.ts";

/** Each load balancer's commands in order, with what a person has to wait for in between. Needs socat. */
export function scriptOf(plan: Plan, options: Pick<MaintenanceOptions, "quietMs">): string {
  const lines = [
    "#!/bin/sh",
    "# Graceful maintenance, step by step. Read it before running it: the waits are yours.",
    "set -eu",
    `send() { printf '%s\\n' "$2" | socat -t 5 - "$1"; }`,
    `wait_for() { printf '%s. Press Enter to go on. ' "$1"; read -r _; }`,
    "",
  ];
  let when: PlanStep["when"] | null = null;
  let host = "";
  for (const { step, lb, host: here } of inOrder(plan)) {
    if (here !== host) {
      lines.push("", `# Host ${here}`);
      host = here;
      when = null;
    }
    if (step.when !== when) {
      const words = waitWords(step.when, options.quietMs);
      lines.push(words === null ? "# At once" : `wait_for ${quote(words)}`);
      when = step.when;
    }
    lines.push(`send ${quote(socatAddress(lb.address))} ${quote(step.line)}  # ${lb.lb}`);
  }
  lines.push("", "# Undo, at any time:");
  for (const lb of plan.plan)
    for (const line of lb.undo) lines.push(`#   send ${quote(socatAddress(lb.address))} ${quote(line)}  # ${lb.lb}`);
  return `${lines.join("\n")}\n`;
}

const ORDER: readonly PlanStep["when"][] = [
  "at once",
  "when quiet",
  "when you say so",
  "when its check is clean",
  "after ready",
];

interface Sent {
  step: PlanStep;
  lb: LoadBalancerPlan;
  /** empty: not a run by host */
  host: string;
}

/** Server by server or host by host, and within it wait by wait over all load balancers. */
function inOrder({ plan, hosts }: Plan): Sent[] {
  const all = new Set(plan.flatMap((lb) => lb.steps.map((step) => step.server)));
  const groups = hosts.length > 0 ? hosts : [...all].map((server) => ({ host: "", servers: [server] }));
  return groups.flatMap(({ host, servers }) =>
    ORDER.flatMap((when) =>
      plan.flatMap((lb) =>
        lb.steps
          .filter((step) => servers.includes(step.server) && step.when === when)
          .map((step) => ({ step, lb, host })),
      ),
    ),
  );
}

function waitWords(when: PlanStep["when"], quietMs: number): string | null {
  switch (when) {
    case "at once":
      return null;
    case "when quiet":
      return `Wait until scur and qcur are 0 and lastsess is above ${formatDuration(quietMs)} on every load balancer`;
    case "when you say so":
      return "Do the maintenance";
    case "when its check is clean":
      return "Wait until its status is exactly DRAIN, without a fraction";
    case "after ready":
      return "Look at it";
  }
}

function socatAddress(address: string): string {
  if (address.startsWith("tcp://")) return `TCP:${address.slice("tcp://".length)}`;
  if (address.startsWith("tls://")) return `OPENSSL:${address.slice("tls://".length)}`;
  return `UNIX-CONNECT:${address}`;
}

/** One shell word, whatever is in it. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
