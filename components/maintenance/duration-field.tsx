"use client";
// A span of time: common ones to choose, or one's own as text. The text is checked while it is written.
import { CUSTOM, type DurationChoice, type DurationValue, durationProblem } from "./duration-value.ts";

interface DurationFieldProps {
  label: string;
  value: DurationValue;
  choices: readonly DurationChoice[];
  onChange(value: DurationValue): void;
}

export function DurationField({ label, value, choices, onChange }: DurationFieldProps) {
  const problem = durationProblem(value);
  return (
    <>
      <select
        className="field-input"
        aria-label={label}
        value={value.choice}
        onChange={(event) => onChange({ ...value, choice: event.target.value })}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.word}
          </option>
        ))}
        <option value={CUSTOM}>other…</option>
      </select>
      {value.choice === CUSTOM && (
        <input
          className="field-input field-short"
          aria-label={`${label}, such as 90s, 28m or 1h30m`}
          aria-invalid={problem !== null}
          placeholder="28m"
          value={value.custom}
          onChange={(event) => onChange({ ...value, custom: event.target.value })}
        />
      )}
      {problem !== null && value.custom !== "" && (
        <span className="field-problem" role="alert">
          {problem}
        </span>
      )}
    </>
  );
}
