"use client";
import type { Dispatch, SetStateAction } from "react";
import { useLive } from "#components/live/hooks.ts";
import { DurationField } from "./duration-field.tsx";
import { showWhole } from "./show-whole.ts";
import { carriersOf, type StartForm } from "./start-form.ts";

const autoReturnChoices = [
  { value: "never", word: "only when I say so" },
  { value: "5m", word: "by itself after 5 min" },
  { value: "15m", word: "by itself after 15 min" },
  { value: "30m", word: "by itself after 30 min" },
];

interface MoreOptionsProps {
  form: StartForm;
  setForm: Dispatch<SetStateAction<StartForm>>;
}

export function MoreOptions({ form, setForm }: MoreOptionsProps) {
  const fleet = useLive((live) => live.fleet);
  const carriers = fleet === null ? [] : carriersOf(fleet, form.servers);
  const chosen = form.loadBalancers ?? carriers;
  return (
    <details className="commands" onToggle={showWhole}>
      <summary>Load balancers and return</summary>
      <div className="commands-body">
        {carriers.length > 1 && (
          <fieldset className="field-line">
            <legend className="sr-only">Load balancers</legend>
            <h3>Take out on</h3>
            {carriers.map((lb) => (
              <label key={lb} className="choice-more">
                <input
                  type="checkbox"
                  checked={chosen.includes(lb)}
                  disabled={chosen.length === 1 && chosen.includes(lb)}
                  onChange={(event) => {
                    const next = carriers.filter((name) =>
                      name === lb ? event.target.checked : chosen.includes(name),
                    );
                    setForm({ ...form, loadBalancers: next.length === carriers.length ? null : next });
                  }}
                />
                {lb}
              </label>
            ))}
            {form.loadBalancers !== null && <span className="field-note">The others go on sending users to it.</span>}
          </fieldset>
        )}
        <div className="field-line">
          <h3>Back to ready</h3>
          <DurationField
            label="Back to ready"
            value={form.autoReturn ?? { choice: "never", custom: "" }}
            choices={autoReturnChoices}
            onChange={(value) => setForm({ ...form, autoReturn: value.choice === "never" ? null : value })}
          />
        </div>
      </div>
    </details>
  );
}
