"use client";
// Before anything is sent: what it will do, to whom, and what takes it back. The plan is read again every few seconds and
// once more by the app when it starts, so that a number on this screen is never older than the decision.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type Dispatch, type SetStateAction, useRef, useState } from "react";
import { Glyph } from "#components/glass/glyph.tsx";
import { useLive, useMaintenancePlan, useScope, useStartMaintenance } from "#components/live/hooks.ts";
import { useToast } from "#components/toast/toast.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { groupFindings } from "#lib/fleet/group-findings.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { type RunUnit, unconfirmed } from "#lib/maintenance/plan.ts";
import { listOf, plural, span } from "#lib/util/format.ts";
import type { MaintenancePreview, StartMaintenanceInput } from "#lib/wire/events.ts";
import type { Problem } from "#lib/wire/problem.ts";
import { DeadlineFields } from "./deadline-fields.tsx";
import { DurationField } from "./duration-field.tsx";
import { impactPicture } from "./impact.ts";
import { ImpactView } from "./impact-view.tsx";
import { MoreOptions } from "./more-options.tsx";
import { PlanCommands } from "./plan-commands.tsx";
import { quietChoices } from "./quiet-choices.ts";
import { RunFields } from "./run-fields.tsx";
import {
  carriersOf,
  DEFAULT_QUIET,
  planInputOf,
  type StartForm,
  sameMachine,
  settledForm,
  sharedHosts,
  startForm,
  startInputOf,
} from "./start-form.ts";
import { shortNames } from "./words.ts";

const REPLAN_MS = 3_000;

interface StartDialogProps {
  servers: readonly ServerId[];
  by: RunUnit;
  onClose(): void;
  onStarted(): void;
}

export function StartDialog({ servers, by, onClose, onStarted }: StartDialogProps) {
  const [draft, setForm] = useState(() => ({ ...startForm(servers), by }));
  const [isAcknowledged, setIsAcknowledged] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isSending, setIsSending] = useState(false);
  const start = useStartMaintenance();
  const showToast = useToast();
  const primary = useRef<HTMLButtonElement>(null);
  // What becomes of the others is shown, so it needs them, wherever it is opened.
  useScope(null);
  const fleet = useLive((live) => live.fleet);
  const hosts = fleet === null ? null : sharedHosts(fleet, draft);
  const form = settledForm(draft, hosts);
  const isByHost = form.by === "host";
  const input = planInputOf(form);
  const { preview, refusal, refetch } = usePlan(input);

  const toConfirm = preview === null ? [] : unconfirmed(preview);
  const isSafe = preview !== null && toConfirm.length === 0 && refusal === null;
  const isRun = form.servers.length > 1;
  const canSlowDown = toConfirm.some((warning) => warning.code === "below-minimum") && form.concurrency > 1;
  const names = isRun ? plural(form.servers.length, "server") : shortNames(form.servers);

  async function send(override: boolean) {
    if (input === null || isSending) return;
    setIsSending(true);
    const answer = await start(startInputOf(form, input, override));
    setIsSending(false);
    if (answer.ok) {
      showToast({ text: isRun ? `Rolling maintenance of ${names} has begun.` : `Maintenance of ${names} has begun.` });
      onClose();
      onStarted();
      return;
    }
    setProblem(answer.problem);
    setIsAcknowledged(false);
    refetch();
  }
  const sendSafe = () => {
    if (isSafe) void send(false);
  };

  return (
    <Dialog
      title={isRun ? `Rolling maintenance of ${names}` : `Graceful maintenance of ${names}`}
      text={useWhere(form)}
      isWide
      onClose={onClose}
      focusFirst={primary}
      {...(isSafe ? { onConfirm: sendSafe } : {})}
      foot={
        toConfirm.length === 0 ? (
          <>
            <span className="foot-note">Nothing is cut off by starting. You can stop any time.</span>
            <button type="button" className="btn btn-lg btn-quiet" onClick={onClose}>
              Cancel
            </button>
            <button
              type="button"
              ref={primary}
              className="btn btn-lg btn-primary"
              aria-disabled={!isSafe || isSending || undefined}
              onClick={sendSafe}
            >
              {isRun
                ? `Start draining, ${isByHost ? plural(form.concurrency, "host") : form.concurrency} at a time`
                : `Start draining ${names}`}
            </button>
          </>
        ) : (
          <>
            <label className="ack foot-note">
              <input
                type="checkbox"
                checked={isAcknowledged}
                onChange={(event) => setIsAcknowledged(event.target.checked)}
              />
              {ackWords(preview)}
            </label>
            <button type="button" className="btn btn-lg btn-quiet" onClick={onClose}>
              Cancel
            </button>
            {canSlowDown ? (
              <button
                type="button"
                ref={primary}
                className="btn btn-lg btn-primary"
                onClick={() => setForm({ ...form, concurrency: 1 })}
              >
                {isByHost ? "One host at a time" : "One at a time"}
              </button>
            ) : (
              <button type="button" ref={primary} className="btn btn-lg btn-primary" onClick={onClose}>
                {isRun ? "Leave them in service" : `Keep ${names} in service`}
              </button>
            )}
            <button
              type="button"
              className="btn btn-lg btn-danger"
              disabled={!isAcknowledged || isSending}
              onClick={() => void send(true)}
            >
              Start anyway
            </button>
          </>
        )
      }
    >
      <div className="start">
        <Warnings preview={preview} refusal={refusal} problem={problem} />
        <Impact form={form} preview={preview} />
        {isRun && <RunFields form={form} setForm={setForm} hosts={hosts} preview={preview} />}
        <SameMachine form={form} setForm={setForm} />
        <div className="start-form">
          <div>
            <h3>Take it out when</h3>
            <div className="field-line">
              <span>
                <b>0 sessions</b> and quiet for
              </span>
              <DurationField
                label="Quiet window"
                value={form.quiet}
                choices={[
                  {
                    value: DEFAULT_QUIET,
                    word:
                      preview === null || form.quiet.choice !== DEFAULT_QUIET
                        ? "as it fits"
                        : span(preview.quietSec * 1_000),
                  },
                  ...quietChoices,
                ]}
                onChange={(quiet) => setForm({ ...form, quiet })}
              />
            </div>
            <p className="field-note">
              On every load balancer. One zero is no proof.
              {form.quiet.choice === DEFAULT_QUIET && preview !== null && ` ${preview.quietWhy}`}
            </p>
            <label className="field-block">
              <h3>Reason, shown on the wall</h3>
              <input
                className="field-input field-text"
                maxLength={500}
                placeholder="What is done to it"
                value={form.reason}
                onChange={(event) => setForm({ ...form, reason: event.target.value })}
              />
            </label>
            <p className="field-note">
              When you set ready again, its check is proved clean first, then slowstart ramps it up where it is
              configured.
            </p>
          </div>
          <DeadlineFields
            value={form.deadline}
            onChange={(deadline) => setForm({ ...form, deadline })}
            startedAtMs={null}
          />
        </div>
        <MoreOptions form={form} setForm={setForm} />
        {preview !== null && <PlanCommands preview={preview} />}
      </div>
    </Dialog>
  );
}

function usePlan(input: StartMaintenanceInput | null) {
  const plan = useMaintenancePlan();
  const { data, refetch } = useQuery({
    queryKey: ["maintenance-plan", input],
    queryFn: async () => (input === null ? null : plan(input)),
    enabled: input !== null,
    refetchInterval: REPLAN_MS,
    placeholderData: keepPreviousData,
    gcTime: 0,
    staleTime: 0,
    retry: false,
  });
  const answer = data ?? null;
  // a field that is being corrected does not take the picture away
  const kept = useRef<MaintenancePreview | null>(null);
  if (answer?.ok === true) kept.current = answer.value;
  return {
    preview: kept.current,
    refusal: answer?.ok === false ? answer.problem : null,
    refetch: () => void refetch(),
  };
}

function useWhere(form: StartForm): string {
  const fleet = useLive((live) => live.fleet);
  if (fleet === null) return "";
  const backends = [...new Set(form.servers.map((id) => id.slice(0, id.indexOf("/"))))];
  const lbs = form.loadBalancers ?? carriersOf(fleet, form.servers);
  return `${listOf(backends)}, on ${listOf(lbs)}. Drain, prove quiet, then maint.`;
}

function ackWords(preview: MaintenancePreview | null): string {
  const low = preview?.impact.find((one) => one.takingThen < one.minimum && one.takingThen < one.takingNow);
  if (low !== undefined) return `Go below the minimum of ${low.minimum} for ${low.backend}`;
  return "I have read this: start all the same";
}

interface WarningsProps {
  preview: MaintenancePreview | null;
  refusal: Problem | null;
  problem: Problem | null;
}

function Warnings({ preview, refusal, problem }: WarningsProps) {
  const refused = refusal ?? (problem?.code === "guard" ? null : problem);
  const confirm = preview === null ? [] : groupFindings(unconfirmed(preview));
  const notes = groupFindings(preview?.warnings.filter((warning) => warning.severity === "note") ?? []);
  return (
    <>
      <div role="alert">
        {refused !== null && (
          <div className="warnbar">
            <Glyph name="warn" size={22} />
            <div>
              <b>It cannot start like this.</b>
              <p>{refused.detail}</p>
            </div>
          </div>
        )}
        {refused === null && confirm.length > 0 && (
          <div className="warnbar">
            <Glyph name="warn" size={22} />
            <div>
              {problem?.code === "guard" && <p>The numbers changed since you looked. Nothing was sent.</p>}
              {confirm.map((warning, at) =>
                at === 0 ? (
                  <b key={warning.message}>{warning.message}</b>
                ) : (
                  <p key={warning.message}>{warning.message}</p>
                ),
              )}
            </div>
          </div>
        )}
      </div>
      {notes.length > 0 && (
        <ul className="start-notes">
          {[...new Set(notes.map((note) => note.message))].map((message) => (
            <li key={message}>
              <Glyph name="waits" size={13} />
              {message}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Impact({ form, preview }: { form: StartForm; preview: MaintenancePreview | null }) {
  const loadBalancers = useLive((live) => live.fleet?.loadBalancers);
  if (preview === null) return <div className="impact is-empty" aria-busy="true" />;
  const leaving = new Set(form.servers);
  return preview.impact.map((impact) => {
    const view = loadBalancers?.find((lb) => lb.name === impact.worstLb)?.view;
    return (
      <ImpactView
        key={impact.backend}
        impact={impact}
        picture={impactPicture(impact, view, leaving)}
        showsLb={preview.plan.length > 1}
        showsName={preview.impact.length > 1}
      />
    );
  });
}

interface FormPartProps {
  form: StartForm;
  setForm: Dispatch<SetStateAction<StartForm>>;
}

function SameMachine({ form, setForm }: FormPartProps) {
  const fleet = useLive((live) => live.fleet);
  const others = fleet === null ? [] : sameMachine(fleet, form.servers);
  if (others.length === 0) return null;
  return (
    <div className="same-machine">
      <span>
        {`The same machine is also ${listOf(others.slice(0, 4))}${others.length > 4 ? ` and ${others.length - 4} more` : ""}. Only what is listed here is taken out.`}
      </span>
      <button
        type="button"
        className="btn btn-sm"
        onClick={() => {
          const servers = [...form.servers, ...others];
          // one machine goes out as a whole
          setForm({ ...form, servers, ...(form.servers.length === 1 ? { by: "host", concurrency: 1 } : {}) });
        }}
      >
        {others.length === 1 ? "Add it" : `Add all ${others.length}`}
      </button>
    </div>
  );
}
