"use client";
import { useRef } from "react";
import { Glyph, type GlyphName } from "#components/glass/glyph.tsx";
import { CommandLines } from "#components/maintenance/command-lines.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { outcomeSentence, partialTitle, undoSteps } from "#lib/fleet/change-words.ts";
import { groupFindings } from "#lib/fleet/group-findings.ts";
import { listOf } from "#lib/util/format.ts";
import type { LoadBalancerOutcome, SetStateInput } from "#lib/wire/commands.ts";
import type { Finding } from "#lib/wire/problem.ts";
import type { Unfinished } from "./change.tsx";

interface ChangeDialogProps {
  unfinished: Unfinished;
  onClose(): void;
  onConfirm(input: SetStateInput): void;
  onUndo(steps: readonly SetStateInput[]): void;
}

export function ChangeDialog({ unfinished, onClose, onConfirm, onUndo }: ChangeDialogProps) {
  const { input } = unfinished;
  if (unfinished.kind === "problem" && unfinished.problem.code === "guard") {
    return (
      <GuardDialog
        input={input}
        detail={unfinished.problem.detail}
        findings={unfinished.problem.findings ?? []}
        onClose={onClose}
        onConfirm={() => onConfirm(input)}
      />
    );
  }
  const outcomes = unfinished.kind === "partial" ? unfinished.outcomes : (unfinished.problem.outcomes ?? []);
  const steps = undoSteps(input.server, outcomes);
  const text = unfinished.kind === "problem" ? unfinished.problem.detail : undefined;
  return (
    <Dialog
      title={titleOf(unfinished, outcomes)}
      text={text}
      onClose={onClose}
      foot={
        <>
          {steps.length > 0 && (
            <button type="button" className="btn" onClick={() => onUndo(steps)}>
              {`Undo on ${listOf(steps.flatMap((step) => step.loadBalancers ?? []))}`}
            </button>
          )}
          <button type="button" className="btn btn-primary" onClick={onClose}>
            Close
          </button>
        </>
      }
    >
      {outcomes.length > 0 ? (
        <>
          <Outcomes outcomes={outcomes} />
          <CommandLines asked={[{ ...input, loadBalancers: outcomes.filter(isNotDone).map(({ lb }) => lb) }]} />
        </>
      ) : undefined}
    </Dialog>
  );
}

function isNotDone({ outcome }: LoadBalancerOutcome): boolean {
  return outcome !== "done";
}

function titleOf(unfinished: Unfinished, outcomes: readonly LoadBalancerOutcome[]): string {
  const { server, adminState } = unfinished.input;
  if (outcomes.length > 0) return partialTitle(server, adminState, outcomes);
  if (unfinished.kind === "problem" && unfinished.problem.code === "state-changed") {
    return `${server} changed meanwhile`;
  }
  if (unfinished.kind === "problem" && unfinished.problem.code === "outcome-unknown") {
    return `It is not known whether ${server} was set to ${adminState}`;
  }
  return `${server} was not set to ${adminState}`;
}

interface GuardDialogProps {
  input: SetStateInput;
  detail: string;
  findings: readonly Finding[];
  onClose(): void;
  onConfirm(): void;
}

function GuardDialog({ input, detail, findings, onClose, onConfirm }: GuardDialogProps) {
  const cancel = useRef<HTMLButtonElement>(null);
  const confirm = useRef<HTMLButtonElement>(null);
  const { server, adminState, loadBalancers } = input;
  const isBlocked = findings.some((finding) => finding.severity === "block");
  // Ready, too, takes something away where a maintenance has the server.
  const isDestructive = adminState !== "ready" || findings.some((finding) => finding.code === "claimed");
  const where = loadBalancers === undefined ? "" : ` on ${loadBalancers.join(", ")}`;
  const title = isBlocked
    ? `${server} cannot be set to ${adminState}${where}`
    : `Set ${server} to ${adminState}${where}?`;
  return (
    <Dialog
      title={title}
      text={findings.length === 0 ? detail : undefined}
      onClose={onClose}
      focusFirst={isDestructive || isBlocked ? cancel : confirm}
      foot={
        <>
          <button type="button" ref={cancel} className="btn btn-quiet" onClick={onClose}>
            {isBlocked ? "Close" : "Cancel"}
          </button>
          {!isBlocked && (
            <button
              type="button"
              ref={confirm}
              className={`btn ${isDestructive ? "btn-danger" : "btn-primary"}`}
              onClick={onConfirm}
            >
              {`Set ${server} to ${adminState}`}
            </button>
          )}
        </>
      }
    >
      <ul className="findings">
        {groupFindings(findings).map(({ message, severity }) => (
          <li key={message} className={`finding-${severity}`}>
            <Glyph name={severityGlyphs[severity]} size={15} />
            <span>{message}</span>
          </li>
        ))}
      </ul>
      <CommandLines asked={[{ server, adminState, loadBalancers: loadBalancers ?? null }]} />
    </Dialog>
  );
}

const severityGlyphs: Record<Finding["severity"], GlyphName> = { block: "down", confirm: "warn", note: "waits" };

function Outcomes({ outcomes }: { outcomes: readonly LoadBalancerOutcome[] }) {
  return (
    <dl className="outcomes">
      {outcomes.map((outcome) => (
        <div key={outcome.lb} className={`outcome-${outcome.outcome}`}>
          <dt>
            <Glyph name={outcomeGlyphs[outcome.outcome]} size={14} />
            {outcome.lb}
          </dt>
          <dd>{outcomeSentence(outcome)}</dd>
        </div>
      ))}
    </dl>
  );
}

const outcomeGlyphs: Record<LoadBalancerOutcome["outcome"], GlyphName> = {
  done: "done",
  refused: "down",
  unknown: "stale",
};
