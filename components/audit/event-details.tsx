"use client";
// One event whole: who, from where, why, and on each load balancer the exact command, HAProxy's answer, before and after.
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { type AuditEvent, partOutcome } from "#lib/audit/group.ts";
import { whatOf, whoOf } from "#lib/audit/words.ts";
import type { AuditEntry } from "#lib/wire/audit.ts";
import type { Finding } from "#lib/wire/problem.ts";
import { OutcomeMark } from "./event-row.tsx";
import { fetchEntry } from "./fetch-audit.ts";

const viaWords = { page: "a page", rest: "REST", socket: "a page", system: "the app itself" } as const;

export function titleOf({ parts }: AuditEvent): string {
  const first = parts[0];
  return first === undefined ? "" : `${whatOf(first)}${first.target === null ? "" : ` ${first.target}`}`;
}

export function EventDetails({ event }: { event: AuditEvent }) {
  const first = event.parts[0];
  if (first === undefined) return null;
  const { actorKind, remoteAddress, via, reason, requestId, maintenanceId } = first;
  return (
    <>
      <dl className="terms event-facts">
        <dt>When</dt>
        <dd>{new Date(first.at).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" })}</dd>
        <dt>Who</dt>
        <dd>
          <b>{whoOf(first)}</b>
          {actorKind === "token" && ", an API token"}
          {actorKind === "wall" && ", a wall link"}
        </dd>
        <dt>From</dt>
        <dd>{`${viaWords[via]}${remoteAddress === null ? "" : `, ${remoteAddress}`}`}</dd>
        {reason !== null && reason !== "" && (
          <>
            <dt>Reason</dt>
            <dd>{reason}</dd>
          </>
        )}
        {maintenanceId !== null && (
          <>
            <dt>Maintenance</dt>
            <dd>
              <Link href={`/maintenances/${encodeURIComponent(maintenanceId)}`}>{maintenanceId}</Link>
            </dd>
          </>
        )}
        <dt>Request</dt>
        <dd className="event-mono">{requestId}</dd>
      </dl>
      {event.parts.map((part) => (
        <Part key={part.seq} part={part} />
      ))}
    </>
  );
}

function Part({ part }: { part: AuditEntry }) {
  const { lb, before, after, command, answer, seq, intentSeq, hash } = part;
  return (
    <section className="event-part" aria-label={lb ?? "Outcome"}>
      <h3>
        {lb ?? "Outcome"}
        <OutcomeMark outcome={partOutcome(part)} />
      </h3>
      <dl className="terms">
        {(before !== null || after !== null) && (
          <>
            <dt>State</dt>
            <dd>{`${before ?? "not known"} → ${after ?? "not known"}`}</dd>
          </>
        )}
        {command !== null && (
          <>
            <dt>Command</dt>
            <dd className="event-mono">{command}</dd>
          </>
        )}
        {answer !== null && (
          <>
            <dt>{command === null ? "Answer" : "HAProxy said"}</dt>
            <dd className="event-mono">{answer.trim() === "" ? "nothing, which means yes" : answer.trim()}</dd>
          </>
        )}
        <dt>Row</dt>
        <dd title={`SHA-256 ${hash}`}>
          {intentSeq === null ? seq : `${intentSeq} before, ${seq} after`}
          <span className="event-hash">{`, hash ${hash.slice(0, 12)}…`}</span>
        </dd>
      </dl>
      <Detail seqs={intentSeq === null ? [seq] : [intentSeq, seq]} />
    </section>
  );
}

/** Rows never change, so what was fetched once stays. */
function Detail({ seqs }: { seqs: readonly number[] }) {
  const { data, error } = useQuery({
    queryKey: ["audit-detail", ...seqs],
    queryFn: () => Promise.all(seqs.map(fetchEntry)),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  if (error !== null) return <p className="field-problem">{`More of it cannot be read now: ${error.message}`}</p>;
  const details = data?.map((entry) => entry.detail).filter((detail) => detail !== null) ?? [];
  const findings = details.flatMap(findingsOf);
  if (details.length === 0) return null;
  return (
    <>
      {findings.length > 0 && (
        <ul className="event-findings" aria-label="Findings">
          {findings.map((finding) => (
            <li key={finding.message}>{finding.message}</li>
          ))}
        </ul>
      )}
      <details className="event-raw">
        <summary>All that was noted</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard must reach it */}
        <pre tabIndex={0}>{details.map((detail) => JSON.stringify(detail, null, 2)).join("\n")}</pre>
      </details>
    </>
  );
}

function findingsOf(detail: unknown): Finding[] {
  const found = typeof detail === "object" && detail !== null && "findings" in detail ? detail.findings : null;
  return Array.isArray(found) ? (found as Finding[]).filter((one) => typeof one?.message === "string") : [];
}
