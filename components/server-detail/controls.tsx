"use client";
// From the menu to a changed weight, health or agent: the effect in words, then the command, then what each load balancer said.
import { createContext, type ReactNode, useContext, useRef, useState } from "react";
import { Glyph } from "#components/glass/glyph.tsx";
import { useControl, useLive } from "#components/live/hooks.ts";
import { useToast } from "#components/toast/toast.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { groupFindings } from "#lib/fleet/group-findings.ts";
import type { ServerView } from "#lib/fleet/merge.ts";
import { listOf } from "#lib/util/format.ts";
import type { Problem } from "#lib/wire/problem.ts";
import type { ControlOutcome } from "#lib/wire/server-control.ts";
import { type ControlSpec, commandOf, weightProblem } from "./control-specs.ts";
import { weightLimit } from "./words.ts";
import "./controls.css";

const ControlContext = createContext<(spec: ControlSpec) => void>(() => {});

/** Opens the question; nothing is sent by the click itself. */
export function useAskControl(): (spec: ControlSpec) => void {
  return useContext(ControlContext);
}

export function ControlsProvider({ view, children }: { view: ServerView; children: ReactNode }) {
  const [spec, setSpec] = useState<ControlSpec | null>(null);
  return (
    <ControlContext value={setSpec}>
      {children}
      {spec !== null && <ControlDialog view={view} spec={spec} onClose={() => setSpec(null)} />}
    </ControlContext>
  );
}

interface ControlDialogProps {
  view: ServerView;
  spec: ControlSpec;
  onClose(): void;
}

export function ControlDialog({ view, spec, onClose }: ControlDialogProps) {
  const control = useControl();
  const showToast = useToast();
  const algo = useLive((live) => live.fleet?.backends.find((one) => one.backend === view.backend)?.algo ?? "");
  const [weight, setWeight] = useState(String(view.uweight ?? view.weight));
  const [refusal, setRefusal] = useState<Problem | null>(null);
  const [outcomes, setOutcomes] = useState<readonly ControlOutcome[]>([]);
  const [isSending, setIsSending] = useState(false);
  const first = useRef<HTMLInputElement & HTMLButtonElement>(null);
  const isWeight = spec.asked.kind === "weight";
  const wrong = isWeight ? weightProblem(weight) : null;
  const mustConfirm = refusal?.code === "guard" && refusal.findings?.every((one) => one.severity !== "block") === true;

  async function send() {
    if (wrong !== null || isSending) return;
    setIsSending(true);
    const answer = await control(commandOf(view.id, spec.asked, weight, mustConfirm));
    setIsSending(false);
    if (!answer.ok) {
      setRefusal(answer.problem);
      return;
    }
    const done = answer.value.outcomes;
    if (done.every((one) => one.outcome === "done")) {
      showToast({ text: doneWords(view.server, done) });
      onClose();
      return;
    }
    setRefusal(null);
    setOutcomes(done);
  }

  return (
    <Dialog
      title={`${spec.verb} ${view.id}${isWeight || spec.asked.kind === "clear-stick" ? "" : "?"}`}
      text={spec.effect}
      onClose={onClose}
      focusFirst={first}
      {...(spec.isDestructive ? {} : { onConfirm: () => void send() })}
      foot={
        <>
          <button type="button" ref={isWeight ? undefined : first} className="btn btn-quiet" onClick={onClose}>
            {outcomes.length > 0 ? "Close" : "Cancel"}
          </button>
          <button
            type="button"
            className={`btn ${spec.isDestructive || mustConfirm ? "btn-danger" : "btn-primary"}`}
            aria-disabled={wrong !== null || isSending || undefined}
            onClick={() => void send()}
          >
            {isSending ? "Sending" : `${spec.verb} ${view.server}${mustConfirm ? " all the same" : ""}`}
          </button>
        </>
      }
    >
      {isWeight && (
        <div className="weight-field">
          <label>
            <span>Weight</span>
            <input
              ref={first}
              className="field-input field-short"
              value={weight}
              aria-invalid={wrong !== null}
              aria-describedby="weight-note"
              onChange={(event) => setWeight(event.target.value)}
            />
          </label>
          <p id="weight-note" className={wrong === null ? "field-note" : "field-problem"}>
            {wrong ?? weightLimit(algo) ?? `Now ${view.weight}, on ${listOf(view.cells.map((cell) => cell.lb))}.`}
          </p>
        </div>
      )}
      {refusal !== null && <Refusal problem={refusal} />}
      {outcomes.length > 0 && <Outcomes outcomes={outcomes} />}
    </Dialog>
  );
}

function Refusal({ problem }: { problem: Problem }) {
  const findings = groupFindings(problem.findings ?? []);
  return (
    <ul className="findings" role="alert">
      {problem.controls?.map((one) => (
        <li key={one.lb} className="finding-block">
          <Glyph name={outcomeGlyphs[one.outcome]} size={15} />
          <span>{`${one.lb}: ${one.message}`}</span>
        </li>
      ))}
      {findings.length === 0 && problem.controls === undefined && (
        <li className="finding-block">
          <Glyph name="down" size={15} />
          <span>{problem.detail}</span>
        </li>
      )}
      {findings.map(({ message, severity }) => (
        <li key={message} className={`finding-${severity}`}>
          <Glyph name={severity === "block" ? "down" : "warn"} size={15} />
          <span>{message}</span>
        </li>
      ))}
    </ul>
  );
}

const outcomeGlyphs = { done: "done", refused: "down", unknown: "stale" } as const;

function Outcomes({ outcomes }: { outcomes: readonly ControlOutcome[] }) {
  return (
    <dl className="outcomes">
      {outcomes.map((one) => (
        <div key={one.lb} className={`outcome-${one.outcome}`}>
          <dt>
            <Glyph name={outcomeGlyphs[one.outcome]} size={14} />
            {one.lb}
          </dt>
          <dd>{one.message === "" ? `${one.before}, now ${one.after ?? "not known"}.` : one.message}</dd>
        </div>
      ))}
    </dl>
  );
}

/** "SRV2 on lb1 and lb2: weight 100, now 50." */
function doneWords(name: string, outcomes: readonly ControlOutcome[]): string {
  const lbs = listOf(outcomes.map((one) => one.lb));
  const now = [...new Set(outcomes.map((one) => one.after ?? "not known"))];
  const before = [...new Set(outcomes.map((one) => one.before))];
  return `${name} on ${lbs}: ${listOf(now)}, was ${listOf(before)}.`;
}
