"use client";
// One change of several servers, from the click to what each load balancer said: the price first, then one action, then a
// way back. Nothing here changes what the screen shows: states move when HAProxy reports them.
import { createContext, type ReactNode, useContext, useMemo, useState } from "react";
import { useSetStates } from "#components/live/hooks.ts";
import { useToast } from "#components/toast/toast.tsx";
import { type FailedServer, failedServers, manyDoneSentence, undoMany } from "#lib/fleet/many-words.ts";
import type { MergedAdminState } from "#lib/fleet/merge.ts";
import type { AdminState } from "#lib/haproxy/admin-state.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import type { ServerOutcome, SetStatesInput } from "#lib/wire/commands.ts";
import type { Finding, Problem } from "#lib/wire/problem.ts";
import { ManyDialog } from "./many-dialog.tsx";

export interface ManyAsk {
  /** `2 servers`, `host 10.0.0.1` */
  readonly what: string;
  readonly servers: readonly ServerId[];
  /** the machine they are all servers of; null: a list */
  readonly host: string | null;
  readonly adminState: AdminState;
  /** on this load balancer only */
  readonly lb: string | null;
  /** as the person sees them: the change is refused when one is another by then */
  readonly expected: Readonly<Record<ServerId, MergedAdminState>>;
  /** told which ones failed (none: all is done), in place of a dialog */
  onEnd?(failed: readonly FailedServer[]): void;
}

/** What the dialog shows. */
export type ManyOpen =
  | { kind: "confirm"; ask: ManyAsk; findings: readonly Finding[] | null }
  | { kind: "failed"; ask: ManyAsk; failed: readonly FailedServer[] }
  | { kind: "problem"; ask: ManyAsk; problem: Problem };

interface Many {
  /** opens the question where there is one to ask: before drain and maint always, before ready when the guard has one */
  ask(ask: ManyAsk): void;
  /** what is under way */
  running: ManyAsk | null;
}

const ManyContext = createContext<Many>({ ask: () => {}, running: null });

export function useChangeMany(): Many {
  return useContext(ManyContext);
}

export function ChangeManyProvider({ children }: { children: ReactNode }) {
  const send = useSetStates();
  const showToast = useToast();
  const [open, setOpen] = useState<ManyOpen | null>(null);
  const [running, setRunning] = useState<ManyAsk | null>(null);

  const { begin, run } = useMemo(() => {
    async function run(ask: ManyAsk, override: boolean): Promise<void> {
      setRunning(ask);
      const answer = await send(inputOf(ask, override));
      setRunning(null);
      if (!answer.ok && answer.problem.code === "guard") {
        setOpen({ kind: "confirm", ask, findings: answer.problem.findings ?? [] });
        return;
      }
      const outcomes = answer.ok ? answer.value.outcomes : outcomesOf(answer.problem);
      if (!answer.ok && outcomes.length === 0) {
        setOpen({ kind: "problem", ask, problem: answer.problem });
        return;
      }
      const failed = failedServers(outcomes);
      ask.onEnd?.(failed);
      if (failed.length > 0) {
        if (ask.onEnd === undefined) setOpen({ kind: "failed", ask, failed });
        return;
      }
      const steps = undoMany(outcomes);
      showToast({
        text: manyDoneSentence(ask.adminState, outcomes),
        ...(steps.length === 0 ? {} : { undo: () => void undo(ask, steps) }),
      });
    }

    async function undo(ask: ManyAsk, steps: readonly SetStatesInput[]): Promise<void> {
      for (const step of steps) {
        const answer = await send(step);
        if (!answer.ok) {
          setOpen({ kind: "problem", ask: { ...ask, adminState: step.adminState }, problem: answer.problem });
          return;
        }
        const failed = failedServers(answer.value.outcomes);
        if (failed.length > 0) setOpen({ kind: "failed", ask: { ...ask, adminState: step.adminState }, failed });
        else showToast({ text: manyDoneSentence(step.adminState, answer.value.outcomes) });
      }
    }

    const begin = (ask: ManyAsk) => {
      if (ask.adminState === "ready") void run(ask, false);
      else setOpen({ kind: "confirm", ask, findings: null });
    };
    return { begin, run };
  }, [send, showToast]);

  const many = useMemo(() => ({ ask: begin, running }), [begin, running]);
  return (
    <ManyContext value={many}>
      {children}
      {open !== null && (
        <ManyDialog
          open={open}
          onClose={() => setOpen(null)}
          onConfirm={(ask, override) => {
            setOpen(null);
            void run(ask, override);
          }}
        />
      )}
    </ManyContext>
  );
}

function inputOf({ servers, host, adminState, lb, expected }: ManyAsk, override: boolean): SetStatesInput {
  return {
    ...(host === null ? { servers: [...servers] } : { host }),
    ...{ adminState, expected: { ...expected } },
    ...(lb === null ? {} : { loadBalancers: [lb] }),
    ...(override ? { override } : {}),
  };
}

/** Of a problem with this command, each names its server. */
function outcomesOf({ outcomes = [] }: Problem): ServerOutcome[] {
  return outcomes.filter((one): one is ServerOutcome => "server" in one);
}
