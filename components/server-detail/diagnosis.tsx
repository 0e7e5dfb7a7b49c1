"use client";
// "Why is it not empty yet?": each cause with its count, how it is known, and what to do next.
import { useQuery } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";
import { inputFor, useAskChange } from "#components/board/change.tsx";
import { Glyph } from "#components/glass/glyph.tsx";
import { useDiagnose } from "#components/live/hooks.ts";
import { useIsLost } from "#components/maintenance/permission.ts";
import { CopyButton } from "#components/ui/copy-button.tsx";
import type { ServerView } from "#lib/fleet/merge.ts";
import { clockTime, count } from "#lib/util/format.ts";
import type { Diagnosis as Cause, DiagnosisAction, DiagnosisReport } from "#lib/wire/diagnosis.ts";
import { clearStick, controlOf } from "./control-specs.ts";
import { useAskControl } from "./controls.tsx";
import { useAskEnd } from "./end-sessions.tsx";
import { kindWords } from "./session-list.ts";
import { useIsLookedAt } from "./use-is-looked-at.ts";

/** It reads the sessions and the stick tables of every load balancer. */
const LOOK_EVERY_MS = 10_000;

interface DiagnosisProps {
  view: ServerView;
  blockedWhy: string | null;
}

export function Diagnosis({ view, blockedWhy }: DiagnosisProps) {
  const section = useRef<HTMLElement>(null);
  const diagnose = useDiagnose();
  const isLost = useIsLost();
  const isLookedAt = useIsLookedAt(section);
  const [isAsked, setAsked] = useState(false);
  // A ready server is not meant to be empty: then only whoever asks is told.
  const isOn = isLookedAt && !isLost && (isAsked || view.adminState !== "ready");
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ["diagnosis", view.id, view.adminState],
    queryFn: async (): Promise<DiagnosisReport> => {
      const answer = await diagnose(view.id);
      if (!answer.ok) throw new Error(answer.problem.detail);
      return answer.value;
    },
    enabled: isOn,
    refetchInterval: LOOK_EVERY_MS,
    placeholderData: (before) => before,
    retry: false,
    gcTime: 0,
  });
  return (
    <section className="side-part diagnosis" id="why" aria-labelledby="why-title" ref={section}>
      <h2>
        <span id="why-title">{titleOf(view)}</span>
        <small>
          {data !== undefined && !isLost && <span>{`as of ${clockTime(data.at)}`}</span>}
          {!isLost && (
            <button
              type="button"
              className="link-btn"
              aria-disabled={isFetching || undefined}
              onClick={() => {
                setAsked(true);
                if (isOn) void refetch();
              }}
            >
              {data === undefined ? "Look now" : "Look again"}
            </button>
          )}
        </small>
      </h2>
      {isLost && <p className="field-note">No connection to Drainboard: not known.</p>}
      {!isLost && error !== null && <p className="field-problem">{`It could not be found out: ${error.message}`}</p>}
      {!isLost && data !== undefined && <Causes view={view} report={data} blockedWhy={blockedWhy} />}
      {!isLost && data === undefined && error === null && (
        <p className="field-note">
          {isOn ? "Looking." : "Looks at sessions, stick tables and settings that can be seen now."}
        </p>
      )}
    </section>
  );
}

function titleOf({ adminState, sessions, isComplete }: ServerView): string {
  if (adminState === "ready") return "What would keep it from emptying?";
  return sessions === 0 && isComplete ? "What could still come back?" : "Why is it not empty yet?";
}

function Causes({ view, report, blockedWhy }: DiagnosisProps & { report: DiagnosisReport }) {
  const causes = report.causes.filter((cause) => cause.count !== null);
  const checks = report.causes.filter((cause) => cause.count === null);
  return (
    <>
      {causes.length === 0 && (
        <div className="cause">
          <span className="cause-count is-zero">0</span>
          <div>
            <b>Nothing that can be seen holds it.</b>
          </div>
          <Glyph name="done" size={14} className="c-ready" />
        </div>
      )}
      {causes.map((cause) => (
        <CauseItem key={cause.code} view={view} cause={cause} blockedWhy={blockedWhy} />
      ))}
      {report.notAsked.map(({ lb, why }) => (
        <p key={`${lb} ${why}`} className="not-asked">
          <Glyph name="stale" size={13} />
          <span>{why.startsWith(lb) ? why : `${lb}: ${why}`}</span>
        </p>
      ))}
      {checks.length > 0 && (
        <details className="by-hand">
          <summary>{`${count(checks.length)} that HAProxy's socket cannot show: check by hand`}</summary>
          {checks.map((cause) => (
            <CauseItem key={cause.code} view={view} cause={cause} blockedWhy={blockedWhy} />
          ))}
        </details>
      )}
    </>
  );
}

interface CauseItemProps extends DiagnosisProps {
  cause: Cause;
}

function CauseItem({ view, cause, blockedWhy }: CauseItemProps) {
  const { detail, next, commands, perLoadBalancer, action } = cause;
  const number = cause.count === null ? "" : count(cause.count);
  // The number stands beside its sentence, and is part of it for whoever hears it.
  const isCounted = number !== "" && cause.title.startsWith(`${number} `);
  const parts = perLoadBalancer.filter((one) => one.count > 0);
  return (
    <div className="cause">
      <span className={`cause-count ${cause.count === 0 ? "is-zero" : ""}`} aria-hidden="true">
        {number === "" ? "?" : number}
      </span>
      <div>
        <b>
          {isCounted && <span className="sr-only">{`${number} `}</span>}
          {isCounted ? cause.title.slice(number.length + 1) : cause.title}
        </b>
        <p>{detail}</p>
        {next !== "" && <p className="cause-next">{next}</p>}
        {parts.length > 1 && (
          <p className="cause-parts">{parts.map((one) => `${one.lb} ${count(one.count)}`).join(", ")}</p>
        )}
        {commands.length > 0 && <Commands lines={commands} />}
      </div>
      {action !== null && blockedWhy === null && <ActionButton view={view} cause={cause} action={action} />}
    </div>
  );
}

function ActionButton({ view, cause, action }: { view: ServerView; cause: Cause; action: DiagnosisAction }) {
  const askEnd = useAskEnd();
  const askControl = useAskControl();
  const askChange = useAskChange();
  const n = cause.count ?? 0;
  switch (action.kind) {
    case "end-sessions":
      return (
        <button
          type="button"
          className="btn btn-sm btn-outline-danger"
          onClick={() => askEnd({ by: "rule", filter: { kind: action.which, olderThanSec: null } })}
        >
          {`End ${count(n)}…`}
          <span className="sr-only">{` ${kindWords[action.which][n === 1 ? "one" : "many"]}`}</span>
        </button>
      );
    case "clear-stick-entries":
      return (
        <button type="button" className="btn btn-sm" onClick={() => askControl(clearStick(n))}>
          Clear…<span className="sr-only"> stick-table entries</span>
        </button>
      );
    case "set-state":
      return (
        <button
          type="button"
          className="btn btn-sm"
          onClick={() => askChange(inputFor(view.id, action.adminState, view.adminState, null))}
        >
          Set drain
        </button>
      );
    case "disable-agent":
      return (
        <button type="button" className="btn btn-sm" onClick={() => askControl(controlOf("agent-disable"))}>
          Disable…<span className="sr-only"> the agent check</span>
        </button>
      );
  }
}

function Commands({ lines }: { lines: readonly string[] }) {
  const id = useId();
  return (
    <div className="cause-commands">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, by keyboard too */}
      <pre id={id} tabIndex={0}>
        {lines.join("\n")}
      </pre>
      <CopyButton text={lines.join("\n")} selects={id} />
    </div>
  );
}
