"use client";
// From a click to a maintenance: the dialogs, what is sent, and how it ended. What the screens show moves when the app
// reports it.
import { createContext, type ReactNode, useContext, useMemo, useState } from "react";
import { useMaintenanceRequest } from "#components/live/hooks.ts";
import { useToast } from "#components/toast/toast.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import type { ServerId } from "#lib/haproxy/names.ts";
import { isFinal } from "#lib/maintenance/job.ts";
import type { RunUnit } from "#lib/maintenance/plan.ts";
import type { MaintenanceSummary } from "#lib/maintenance/summary.ts";
import { listOf } from "#lib/util/format.ts";
import type { MaintenanceRequest } from "#lib/wire/events.ts";
import type { Problem } from "#lib/wire/problem.ts";
import { ChangeOptionsDialog } from "./change-options-dialog.tsx";
import { StartDialog } from "./start-dialog.tsx";
import { StopDialog } from "./stop-dialog.tsx";
import { togetherWith } from "./units.ts";
import { shortNames } from "./words.ts";
import "./maintenance.css";

export interface StartOptions {
  /** host: the dialog begins with "host by host" chosen, where the servers share hosts */
  by?: RunUnit;
  onStarted?(): void;
}

export interface MaintenanceActions {
  /** opens the start dialog; more than one server: a rolling run */
  start(servers: readonly ServerId[], options?: StartOptions): void;
  /** opens the dialog that asks what then; null: the whole run */
  stop(maintenance: MaintenanceSummary, server: ServerId | null): void;
  change(maintenance: MaintenanceSummary): void;
  ready(maintenance: MaintenanceSummary, server: ServerId, isDirect?: boolean): void;
  pause(maintenance: MaintenanceSummary): void;
  resume(maintenance: MaintenanceSummary): void;
  /** of one that cannot be read */
  letGo(maintenance: MaintenanceSummary): void;
}

type Open =
  | { kind: "start"; servers: readonly ServerId[]; options: StartOptions }
  | { kind: "stop"; maintenance: MaintenanceSummary; server: ServerId | null }
  | { kind: "change"; maintenance: MaintenanceSummary }
  | { kind: "problem"; title: string; problem: Problem };

const nothing = () => {};
const ActionsContext = createContext<MaintenanceActions>({
  start: nothing,
  stop: nothing,
  change: nothing,
  ready: nothing,
  pause: nothing,
  resume: nothing,
  letGo: nothing,
});

/** The functions keep their identity. */
export function useMaintenanceActions(): MaintenanceActions {
  return useContext(ActionsContext);
}

export function MaintenanceActionsProvider({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState<Open | null>(null);
  const sendRequest = useMaintenanceRequest();
  const showToast = useToast();

  const { actions, send } = useMemo(() => {
    async function send(id: string, asked: MaintenanceRequest, done: string, failed: string): Promise<void> {
      const answer = await sendRequest(id, asked);
      if (answer.ok) showToast({ text: done });
      else setOpen({ kind: "problem", title: failed, problem: answer.problem });
    }
    const actions: MaintenanceActions = {
      start: (servers, options = {}) => setOpen({ kind: "start", servers, options }),
      stop: (maintenance, server) => setOpen({ kind: "stop", maintenance, server }),
      change: (maintenance) => setOpen({ kind: "change", maintenance }),
      ready: (maintenance, server, isDirect = false) => {
        const asked = maintenance.servers.find((one) => one.server === server);
        const meant = asked === undefined ? [] : togetherWith(maintenance, asked).filter((one) => !isFinal(one.phase));
        const name = meant.length > 1 ? listOf(meant.map((one) => one.server)) : shortNames([server]);
        void send(
          maintenance.id,
          { kind: "ready", servers: [server], ...(isDirect ? { direct: true } : {}) },
          isDirect
            ? `${name} ${meant.length > 1 ? "are" : "is"} set ready without waiting for the check.`
            : `${name} ${meant.length > 1 ? "return: first their checks" : "returns: first its check"}, then ready.`,
          `${name} does not return`,
        );
      },
      pause: (maintenance) => {
        const done = "Paused. Nothing goes on by itself; drains and maints stay as they are.";
        void send(maintenance.id, { kind: "pause" }, done, "Not paused");
      },
      resume: (maintenance) => {
        void send(maintenance.id, { kind: "resume" }, "Resumed.", "Not resumed");
      },
      letGo: ({ id }) => {
        const done = `Let go of maintenance ${id}. Its servers stay as they are.`;
        // biome-ignore lint/suspicious/noThenProperty: the word of the API
        void send(id, { kind: "stop", then: "leave" }, done, "Not let go");
      },
    };
    return { actions, send };
  }, [sendRequest, showToast]);

  const close = () => setOpen(null);
  return (
    <ActionsContext value={actions}>
      {children}
      {open?.kind === "start" && (
        <StartDialog
          servers={open.servers}
          by={open.options.by ?? "server"}
          onClose={close}
          onStarted={open.options.onStarted ?? nothing}
        />
      )}
      {open?.kind === "stop" && (
        <StopDialog
          maintenance={open.maintenance}
          server={open.server}
          onClose={close}
          onStop={(request, done) => {
            close();
            void send(open.maintenance.id, request, done, "Not stopped");
          }}
        />
      )}
      {open?.kind === "change" && <ChangeOptionsDialog maintenance={open.maintenance} onClose={close} />}
      {open?.kind === "problem" && (
        <Dialog
          title={open.title}
          text={open.problem.detail}
          onClose={close}
          foot={
            <button type="button" className="btn btn-primary" onClick={close}>
              Close
            </button>
          }
        />
      )}
    </ActionsContext>
  );
}
