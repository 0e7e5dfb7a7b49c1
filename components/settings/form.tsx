"use client";
// Fields of the dialogs here: a label over its field, what to write below it.
import { type ComponentProps, type ReactNode, useId } from "react";
import { Choice } from "#components/maintenance/choice.tsx";
import { type Role, roles } from "#lib/auth/permissions.ts";
import { roleWords } from "./words.ts";

interface TextFieldProps extends Omit<ComponentProps<"input">, "onChange" | "value" | "id"> {
  label: string;
  hint?: ReactNode;
  value: string;
  onChange(value: string): void;
}

export function TextField({ label, hint, onChange, ...input }: TextFieldProps) {
  const id = useId();
  return (
    <div className="set-field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="field-input field-text"
        autoComplete="off"
        spellCheck={false}
        {...input}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => onChange(event.target.value)}
      />
      {hint !== undefined && (
        <p className="field-note" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

interface SelectFieldProps<T extends string> {
  label: string;
  value: T;
  choices: readonly { value: T; word: string }[];
  onChange(value: T): void;
}

export function SelectField<T extends string>({ label, value, choices, onChange }: SelectFieldProps<T>) {
  return (
    <label className="set-field">
      <span>{label}</span>
      <select
        className="field-input field-text"
        value={value}
        onChange={(event) => {
          const chosen = choices.find((choice) => choice.value === event.target.value);
          if (chosen !== undefined) onChange(chosen.value);
        }}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.word}
          </option>
        ))}
      </select>
    </label>
  );
}

interface AccessValue {
  role: Role;
  backends: string;
}

/** What somebody may do, and where. */
export function AccessFields({ value, onChange }: { value: AccessValue; onChange(value: AccessValue): void }) {
  return (
    <>
      <fieldset className="choices set-field">
        <legend>Role</legend>
        {roles.map((role) => (
          <Choice
            key={role}
            name="role"
            isOn={value.role === role}
            onChoose={() => onChange({ ...value, role })}
            title={role}
            text={roleWords[role]}
          />
        ))}
      </fieldset>
      {value.role === "operator" && (
        <TextField
          label="Only these backends"
          placeholder="all"
          value={value.backends}
          onChange={(backends) => onChange({ ...value, backends })}
          hint="Names or patterns such as team-a-*, separated by spaces. Empty: all. Everything can be seen in any case."
        />
      )}
    </>
  );
}

/** In the page from the start, so that screen readers announce what appears in it. */
export function Refused({ children }: { children: string | null }) {
  return <div role="alert">{children !== null && <p className="field-problem set-field">{children}</p>}</div>;
}
