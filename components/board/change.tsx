"use client";
// From a click to a confirmed state: ask the app, show what the guard found, say how it ended, offer to take it back.
// Nothing here changes what the board shows: the state moves when HAProxy reports it.
import { createContext, type ReactNode, useContext, useMemo, useState } from "react";
import { useSetState } from "#components/live/hooks.ts";
import { useToast } from "#components/toast/toast.tsx";
import { doneSentence, isWhollyDone, undoSteps } from "#lib/fleet/change-words.ts";
import type { MergedAdminState } from "#lib/fleet/merge.ts";
import type { AdminState } from "#lib/haproxy/admin-state.ts";
import { type ServerId, splitServerId } from "#lib/haproxy/names.ts";
import type { LoadBalancerOutcome, SetStateInput } from "#lib/wire/commands.ts";
import type { Problem } from "#lib/wire/problem.ts";
import { ChangeDialog } from "./change-dialog.tsx";

export type Unfinished =
  | { kind: "problem"; input: SetStateInput; problem: Problem }
  | { kind: "partial"; input: SetStateInput; outcomes: readonly LoadBalancerOutcome[] };

const ChangeContext = createContext<(input: SetStateInput) => void>(() => {});

/** Asks for an admin state. The function keeps its identity. */
export function useAskChange(): (input: SetStateInput) => void {
  return useContext(ChangeContext);
}

/** On all load balancers that carry the server, or on one alone; only if it still is as the person saw it there. */
export function inputFor(
  server: ServerId,
  adminState: AdminState,
  seen: MergedAdminState,
  lb: string | null,
): SetStateInput {
  return { server, adminState, expect: seen, ...(lb === null ? {} : { loadBalancers: [lb] }) };
}

export function ChangeProvider({ children }: { children: ReactNode }) {
  const { send } = useSetState();
  const showToast = useToast();
  const [unfinished, setUnfinished] = useState<Unfinished | null>(null);

  const change = useMemo(() => {
    async function run(input: SetStateInput, canUndo: boolean): Promise<void> {
      const result = await send(input);
      if (!result.ok) {
        setUnfinished({ kind: "problem", input, problem: result.problem });
        return;
      }
      const { outcomes } = result.value;
      if (!isWhollyDone(outcomes)) {
        setUnfinished({ kind: "partial", input, outcomes });
        return;
      }
      const steps = canUndo ? undoSteps(input.server, outcomes) : [];
      const name = splitServerId(input.server)?.server ?? input.server;
      showToast({
        text: doneSentence(name, input.adminState, outcomes),
        ...(steps.length === 0 ? {} : { undo: () => void undo(steps) }),
      });
    }
    async function undo(steps: readonly SetStateInput[]): Promise<void> {
      for (const step of steps) await run(step, false);
    }
    return { ask: (input: SetStateInput) => void run(input, true), undo };
  }, [send, showToast]);

  return (
    <ChangeContext value={change.ask}>
      {children}
      {unfinished !== null && (
        <ChangeDialog
          unfinished={unfinished}
          onClose={() => setUnfinished(null)}
          onUndo={(steps) => {
            setUnfinished(null);
            void change.undo(steps);
          }}
          onConfirm={(input) => {
            setUnfinished(null);
            change.ask({ ...input, override: true });
          }}
        />
      )}
    </ChangeContext>
  );
}
