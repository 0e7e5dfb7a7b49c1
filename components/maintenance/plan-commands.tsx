"use client";
// The exact commands, per load balancer in order, and what takes them back. The same text goes to the audit.
import { useId } from "react";
import { CopyButton } from "#components/ui/copy-button.tsx";
import type { PlanStep } from "#lib/maintenance/plan.ts";
import type { MaintenancePreview } from "#lib/wire/events.ts";
import { showWhole } from "./show-whole.ts";

const whenWords: Record<PlanStep["when"], string> = {
  "at once": "At once",
  "when quiet": "When quiet on every load balancer",
  "when you say so": "When you set ready: checks resume, no new users",
  "when its check is clean": "When its check is clean",
  "after ready": "After ready",
};

export function PlanCommands({ preview }: { preview: MaintenancePreview }) {
  const scriptId = useId();
  return (
    <details className="commands" onToggle={showWhole}>
      <summary>Show commands</summary>
      <div className="commands-body">
        {preview.plan.map((lb) => (
          <section key={lb.lb} aria-label={`Commands on ${lb.lb}`}>
            <h4>
              {lb.lb} <small>{lb.address}</small>
            </h4>
            <ol>
              {lb.steps.map((step, at) => (
                <li key={`${at} ${step.line}`}>
                  <span>{whenWords[step.when]}</span>
                  <code>{step.line}</code>
                </li>
              ))}
              {lb.steps.length === 0 && <li>Nothing: it is in maint there already.</li>}
            </ol>
            <h4>Undo</h4>
            <ol>
              {lb.undo.map((line) => (
                <li key={line}>
                  <code>{line}</code>
                </li>
              ))}
            </ol>
          </section>
        ))}
        {/* what a browser without a clipboard API copies */}
        <pre id={scriptId} className="sr-only" aria-hidden="true">
          {preview.script}
        </pre>
        <CopyButton text={preview.script} selects={scriptId} word="Copy as shell script" />
      </div>
    </details>
  );
}
