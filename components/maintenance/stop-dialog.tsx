"use client";
// Stopping asks one question: back to what it was, or leave it as it is. Neither ends a session.
import { useRef, useState } from "react";
import { Dialog } from "#components/ui/dialog.tsx";
import { adminStates } from "#lib/haproxy/admin-state.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { isFinal } from "#lib/maintenance/job.ts";
import type { MaintenanceSummary, ServerSummary } from "#lib/maintenance/summary.ts";
import { listOf, plural } from "#lib/util/format.ts";
import type { MaintenanceRequest } from "#lib/wire/events.ts";
import { Choice } from "./choice.tsx";
import { type AskedState, CommandLines } from "./command-lines.tsx";
import { togetherWith } from "./units.ts";
import { shortNames } from "./words.ts";

interface StopDialogProps {
  maintenance: MaintenanceSummary;
  /** null: every server of the run */
  server: ServerId | null;
  onClose(): void;
  onStop(request: MaintenanceRequest, done: string): void;
}

export function StopDialog({ maintenance, server, onClose, onStop }: StopDialogProps) {
  const [what, setWhat] = useState<"ready" | "leave">("ready");
  const confirm = useRef<HTMLButtonElement>(null);
  const asked = maintenance.servers.find((one) => one.server === server);
  const meant = asked === undefined ? maintenance.servers : togetherWith(maintenance, asked);
  const open = meant.filter((one) => !isFinal(one.phase));
  const names = open.length > 3 ? plural(open.length, "server") : shortNames(open.map((one) => one.server));
  const before = beforeWords(open);
  const stop = () =>
    onStop(
      // biome-ignore lint/suspicious/noThenProperty: the contract's name; a request is never awaited itself
      { kind: "stop", then: what, ...(server === null ? {} : { servers: [server] }) },
      what === "ready"
        ? `Stopped. ${names} ${open.length === 1 ? "goes" : "go"} back to ${before}.`
        : `Stopped. ${names} left as it is.`,
    );
  return (
    <Dialog
      title={
        server === null && maintenance.servers.length > 1
          ? "Stop the rolling maintenance?"
          : `Stop the maintenance of ${names}?`
      }
      onClose={onClose}
      focusFirst={confirm}
      foot={
        <>
          <button type="button" className="btn btn-quiet" onClick={onClose}>
            Go on with it
          </button>
          <button type="button" ref={confirm} className="btn btn-primary" onClick={stop}>
            {what === "ready" ? `Stop, back to ${before}` : "Stop, leave as it is"}
          </button>
        </>
      }
    >
      <fieldset className="choices">
        <legend className="sr-only">What then</legend>
        <Choice
          name="stop-then"
          isOn={what === "ready"}
          onChoose={() => setWhat("ready")}
          title={`Back to ${before}`}
          text={
            open.some((one) => one.phase === "maint")
              ? "After maint its check is proved clean first, then it takes new users."
              : "It takes new users again at once. Nobody is cut off."
          }
        />
        <Choice
          name="stop-then"
          isOn={what === "leave"}
          onChoose={() => setWhat("leave")}
          title="Leave as it is"
          text={`${nowWords(open)} Nothing goes on by itself any more.`}
        />
      </fieldset>
      {what === "ready" && <CommandLines asked={undoOf(open)} />}
    </Dialog>
  );
}

/** What the job found when it began: undo is not always ready. */
function beforeWords(servers: readonly ServerSummary[]): string {
  const states = new Set(servers.flatMap((one) => one.perLoadBalancer.map((cell) => cell.before)));
  return states.size === 1 ? ([...states][0] ?? "ready") : states.size === 0 ? "ready" : "what it was";
}

/** What it was at each load balancer before it began; after maint it is set once its check is clean. */
function undoOf(servers: readonly ServerSummary[]): AskedState[] {
  return servers
    .filter(({ phase }) => phase !== "queued")
    .flatMap(({ server, perLoadBalancer }) =>
      perLoadBalancer.flatMap(({ lb, before }) => {
        const adminState = adminStates.find((state) => state === before);
        return adminState === undefined ? [] : [{ server, adminState, loadBalancers: [lb] }];
      }),
    );
}

function nowWords(servers: readonly ServerSummary[]): string {
  const states = [
    ...new Set(servers.flatMap((one) => one.perLoadBalancer.map((cell) => cell.confirmed ?? cell.before))),
  ];
  if (states.length === 0) return "It has not begun.";
  return `${shortNames(servers.map((one) => one.server))} ${servers.length === 1 ? "stays" : "stay"} in ${listOf(states)}.`;
}
