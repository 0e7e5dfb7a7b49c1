"use client";
// Deadline, what then, and quiet window of a running maintenance.
import { useRef, useState } from "react";
import { useMaintenanceRequest } from "#components/live/hooks.ts";
import { useToast } from "#components/toast/toast.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { formatDuration } from "#lib/maintenance/duration.ts";
import type { MaintenanceSummary } from "#lib/maintenance/summary.ts";
import type { StartMaintenanceInput } from "#lib/wire/events.ts";
import { DeadlineFields } from "./deadline-fields.tsx";
import { type DeadlineValue, NO_DEADLINE } from "./deadline-value.ts";
import { DurationField } from "./duration-field.tsx";
import { CUSTOM, type DurationValue, durationText } from "./duration-value.ts";
import { quietChoices } from "./quiet-choices.ts";
import { isByHost, unitsOf } from "./units.ts";
import { isRolling } from "./words.ts";

interface ChangeOptionsDialogProps {
  maintenance: MaintenanceSummary;
  onClose(): void;
}

export function ChangeOptionsDialog({ maintenance, onClose }: ChangeOptionsDialogProps) {
  const { options } = maintenance;
  const [deadline, setDeadline] = useState<DeadlineValue>(() => ({
    deadline: durationOf(options.deadlineMs, ["5m", "15m", "30m", "1h"]),
    atDeadline: options.atDeadline,
    endSessions: options.endSessions,
  }));
  const [quiet, setQuiet] = useState<DurationValue>(() =>
    durationOf(
      options.quietMs,
      quietChoices.map((choice) => choice.value),
    ),
  );
  const [concurrency, setConcurrency] = useState(options.concurrency);
  const [problem, setProblem] = useState<string | null>(null);
  const send = useMaintenanceRequest();
  const showToast = useToast();
  const primary = useRef<HTMLButtonElement>(null);
  const first = maintenance.servers.find((one) => one.deadlineAt !== null);
  const startedAtMs =
    first?.deadlineAt == null || options.deadlineMs === null ? null : first.deadlineAt - options.deadlineMs;

  async function change() {
    const patch: Partial<StartMaintenanceInput> = {};
    const quietText = durationText(quiet);
    const deadlineText = deadline.deadline.choice === NO_DEADLINE ? null : durationText(deadline.deadline);
    if (quietText === null || (deadlineText === null && deadline.deadline.choice !== NO_DEADLINE)) return;
    if (quietText !== formatDuration(options.quietMs)) patch.quiet = quietText;
    if (deadlineText !== (options.deadlineMs === null ? null : formatDuration(options.deadlineMs)))
      patch.deadline = deadlineText;
    const atDeadline = deadlineText === null ? "wait" : deadline.atDeadline;
    if (atDeadline !== options.atDeadline) patch.atDeadline = atDeadline;
    if (deadline.endSessions !== options.endSessions) patch.endSessions = deadline.endSessions;
    if (concurrency !== options.concurrency) patch.concurrency = concurrency;
    if (Object.keys(patch).length === 0) {
      onClose();
      return;
    }
    const answer = await send(maintenance.id, { kind: "patch", patch });
    if (!answer.ok) {
      setProblem(answer.problem.detail);
      return;
    }
    showToast({ text: "Changed." });
    onClose();
  }

  return (
    <Dialog
      title="Change the maintenance"
      onClose={onClose}
      focusFirst={primary}
      foot={
        <>
          <button type="button" className="btn btn-quiet" onClick={onClose}>
            Cancel
          </button>
          <button type="button" ref={primary} className="btn btn-primary" onClick={change}>
            Change
          </button>
        </>
      }
    >
      <div className="fields">
        <DeadlineFields value={deadline} onChange={setDeadline} startedAtMs={startedAtMs} />
        {deadline.deadline.choice !== NO_DEADLINE && (
          <p className="field-note">The deadline counts from the moment each server's drain began.</p>
        )}
        <div className="field-line">
          <h3>Quiet window</h3>
          <DurationField label="Quiet window" value={quiet} choices={quietChoices} onChange={setQuiet} />
        </div>
        {isRolling(maintenance) && (
          <label className="field-line">
            <h3>{isByHost(maintenance) ? "Hosts at a time" : "At a time"}</h3>
            <input
              className="field-input field-short"
              type="number"
              min={1}
              max={unitsOf(maintenance).length}
              value={concurrency}
              onChange={(event) => setConcurrency(Math.max(1, Math.floor(event.target.valueAsNumber || 1)))}
            />
          </label>
        )}
        {problem !== null && (
          <p className="field-problem" role="alert">
            {problem}
          </p>
        )}
      </div>
    </Dialog>
  );
}

function durationOf(ms: number | null, known: readonly string[]): DurationValue {
  if (ms === null) return { choice: NO_DEADLINE, custom: "" };
  const text = formatDuration(ms);
  return known.includes(text) ? { choice: text, custom: "" } : { choice: CUSTOM, custom: text };
}
