"use client";
// The probe: what will be asked, then one plain verdict, and below it each step with its requests.
import { useRef, useState } from "react";
import { Glyph } from "#components/glass/glyph.tsx";
import { ask } from "#components/settings/api.ts";
import { TextField } from "#components/settings/form.tsx";
import { useChange } from "#components/settings/use-change.ts";
import { Dialog } from "#components/ui/dialog.tsx";
import type { ServerView } from "#lib/fleet/merge.ts";
import { PROBE_REQUESTS_MAX } from "#lib/wire/limits.ts";
import type { ProbeResult, ProbeStep } from "#lib/wire/persistence.ts";
import { countedWords, requestWords } from "./words.ts";
import "#components/maintenance/maintenance.css";
import "#components/settings/settings.css";

const DEFAULT_REQUESTS = "3";

export function ProbeDialog({ view, onClose }: { view: ServerView; onClose(): void }) {
  const [requests, setRequests] = useState(DEFAULT_REQUESTS);
  const [result, setResult] = useState<ProbeResult | null>(null);
  const verb = useRef<HTMLButtonElement>(null);
  const change = useChange();
  const n = Number(requests);
  const isWrong = !Number.isInteger(n) || n < 1 || n > PROBE_REQUESTS_MAX;

  async function send() {
    if (isWrong) return;
    const path = `/servers/${encodeURIComponent(view.backend)}/${encodeURIComponent(view.server)}/probe`;
    const answer = await change.run(() => ask<ProbeResult>("POST", path, { requests: n }));
    if (answer !== null) setResult(answer.value);
  }

  return (
    <Dialog
      title={`Probe persistence of ${view.id}`}
      text="Asks the frontend as a browser would, without and with this server's cookie. HAProxy is not changed."
      isWide
      onClose={onClose}
      focusFirst={verb}
      onConfirm={() => void send()}
      foot={
        <>
          <button type="button" className="btn btn-quiet" onClick={onClose}>
            Close
          </button>
          <button
            ref={verb}
            type="button"
            className="btn btn-primary"
            aria-disabled={change.isBusy || isWrong || undefined}
            onClick={() => void send()}
          >
            {result === null ? `Probe ${view.server}` : `Probe ${view.server} again`}
          </button>
        </>
      }
    >
      <div className="probe-body">
        <TextField
          label="Requests, without and with the cookie each"
          type="number"
          min={1}
          max={PROBE_REQUESTS_MAX}
          inputMode="numeric"
          value={requests}
          onChange={setRequests}
          hint={`From 1 to ${PROBE_REQUESTS_MAX}. More tell apart load balancers that differ.`}
        />
        <div role="status">
          {change.isBusy && <p className="field-note">Asking.</p>}
          {!change.isBusy && change.refusal !== null && <p className="field-problem">{change.refusal}</p>}
          {!change.isBusy && change.refusal === null && result !== null && <Verdict result={result} />}
        </div>
        {result !== null && !change.isBusy && (
          <>
            {result.steps.map((step) => (
              <Step key={step.kind} step={step} view={view} />
            ))}
            <p className="field-note">{`${result.method} ${result.url}${result.cookie === null ? "" : `, cookie ${result.cookie.name}=${result.cookie.value}`}`}</p>
          </>
        )}
      </div>
    </Dialog>
  );
}

const tones = {
  good: { glyph: "done", tone: "c-ready" },
  warn: { glyph: "warn", tone: "c-maint" },
  bad: { glyph: "down", tone: "c-down" },
} as const;

function Verdict({ result: { verdict, notes } }: { result: ProbeResult }) {
  const { glyph, tone } = tones[verdict.tone];
  return (
    <div className="probe-verdict">
      <Glyph name={glyph} size={18} className={tone} />
      <div>
        <b>{verdict.text}</b>
        {verdict.next !== "" && <p>{verdict.next}</p>}
        {notes.map(({ message }) => (
          <p key={message}>{message}</p>
        ))}
      </div>
    </div>
  );
}

function Step({ step, view }: { step: ProbeStep; view: ServerView }) {
  return (
    <section className="probe-step" aria-label={step.title}>
      <h3>{step.title}</h3>
      <p>{step.said}</p>
      <div className="probe-requests">
        <table>
          <thead>
            <tr>
              <th scope="col">Status</th>
              <th scope="col">Answered by</th>
              <th scope="col">Cookie</th>
              <th scope="col" className="num">
                Took
              </th>
              <th scope="col">Details</th>
            </tr>
          </thead>
          <tbody>
            {step.requests.map((request, i) => {
              const { status, who, cookie, details } = requestWords(request);
              return (
                <tr key={i}>
                  <td>{status}</td>
                  <td>{who}</td>
                  <td>{cookie}</td>
                  <td className="num">{`${request.durationMs} ms`}</td>
                  <td className="probe-details">{details}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <p className="field-note">{countedWords(step, view.server, view.backend)}</p>
    </section>
  );
}
