"use client";
// The deadline and what happens then. Keeping on waiting is the default; ending sessions is never preselected.
import { useAppNow } from "#components/live/hooks.ts";
import { parseDuration } from "#lib/maintenance/duration.ts";
import { clockMinute } from "#lib/util/format.ts";
import { Choice } from "./choice.tsx";
import { type DeadlineValue, NO_DEADLINE } from "./deadline-value.ts";
import { DurationField } from "./duration-field.tsx";
import { durationText } from "./duration-value.ts";

const choices = [
  { value: NO_DEADLINE, word: "none" },
  { value: "5m", word: "5 min" },
  { value: "15m", word: "15 min" },
  { value: "30m", word: "30 min" },
  { value: "1h", word: "1 h" },
];

interface DeadlineFieldsProps {
  value: DeadlineValue;
  onChange(value: DeadlineValue): void;
  /** the drain runs since then; null: it begins when it is started */
  startedAtMs: number | null;
}

export function DeadlineFields({ value, onChange, startedAtMs }: DeadlineFieldsProps) {
  const nowMs = useAppNow();
  const hasDeadline = value.deadline.choice !== NO_DEADLINE;
  const spanMs = parseDuration(durationText(value.deadline) ?? "");
  const at = spanMs === null || nowMs === 0 ? "" : ` at ${clockMinute((startedAtMs ?? nowMs) + spanMs)}`;
  return (
    <div className="fields">
      <div className="field-line">
        <h3>Deadline</h3>
        <DurationField
          label="Deadline"
          value={value.deadline}
          choices={choices}
          onChange={(deadline) => onChange({ ...value, deadline })}
        />
        <span className="c-ink2">
          {hasDeadline ? `${at === "" ? "" : `${at}. `}If sessions are left then:` : "It waits as long as it takes."}
        </span>
      </div>
      <fieldset className="choices" disabled={!hasDeadline}>
        <legend className="sr-only">If sessions are left at the deadline</legend>
        <Choice
          name="at-deadline"
          isOn={value.atDeadline === "wait"}
          onChoose={() => onChange({ ...value, atDeadline: "wait" })}
          title="Keep waiting"
          text="Stay in drain and alert you and the wall"
        />
        <Choice
          name="at-deadline"
          isDanger
          isOn={value.atDeadline === "end-sessions"}
          onChoose={() => onChange({ ...value, atDeadline: "end-sessions" })}
          title="End remaining sessions"
          text="Cuts those users off, then maint"
        >
          {value.atDeadline === "end-sessions" && hasDeadline && (
            <label className="choice-more">
              <input
                type="checkbox"
                checked={value.endSessions === "tunnels-first"}
                onChange={(event) =>
                  onChange({ ...value, endSessions: event.target.checked ? "tunnels-first" : "all" })
                }
              />
              Tunnels first, then count again
            </label>
          )}
        </Choice>
        <Choice
          name="at-deadline"
          isOn={value.atDeadline === "return"}
          onChoose={() => onChange({ ...value, atDeadline: "return" })}
          title="Return to ready"
          text="Give up, take new users again"
        />
      </fieldset>
    </div>
  );
}
