"use client";
// Before a change of several servers: which ones, what it takes from whom. After it: which ones failed, and why.
import { useMemo, useRef } from "react";
import { Glyph, type GlyphName } from "#components/glass/glyph.tsx";
import { useLive } from "#components/live/hooks.ts";
import { useMaintenanceActions } from "#components/maintenance/actions.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { groupFindings } from "#lib/fleet/group-findings.ts";
import type { FailedServer } from "#lib/fleet/many-words.ts";
import { guardSetStates } from "#lib/maintenance/guard-group.ts";
import { plural } from "#lib/util/format.ts";
import type { Finding } from "#lib/wire/problem.ts";
import type { ManyAsk, ManyOpen } from "./change-many.tsx";

interface ManyDialogProps {
  open: ManyOpen;
  onClose(): void;
  onConfirm(ask: ManyAsk, override: boolean): void;
}

export function ManyDialog({ open, onClose, onConfirm }: ManyDialogProps) {
  const { ask } = open;
  if (open.kind === "confirm") return <Confirm {...{ ask, told: open.findings, onClose, onConfirm }} />;
  const foot = (
    <button type="button" className="btn btn-primary" onClick={onClose}>
      Close
    </button>
  );
  if (open.kind === "problem") {
    const isUnknown = open.problem.code === "outcome-unknown";
    const title = isUnknown
      ? `It is not known whether ${ask.what} ${isOne(ask) ? "was" : "were"} set to ${ask.adminState}`
      : `${capital(ask.what)} ${isOne(ask) ? "was" : "were"} not set to ${ask.adminState}`;
    return <Dialog title={title} text={open.problem.detail} onClose={onClose} foot={foot} />;
  }
  return (
    <Dialog
      title={`Not everything of ${ask.what} was set to ${ask.adminState}`}
      text="The rest is done. Each of these says why it is not."
      onClose={onClose}
      foot={foot}
    >
      <FailedList failed={open.failed} />
    </Dialog>
  );
}

interface ConfirmProps {
  ask: ManyAsk;
  /** the guard's, from the app; null: what can be seen from here */
  told: readonly Finding[] | null;
  onClose(): void;
  onConfirm(ask: ManyAsk, override: boolean): void;
}

function Confirm({ ask, told, onClose, onConfirm }: ConfirmProps) {
  const cancel = useRef<HTMLButtonElement>(null);
  const confirm = useRef<HTMLButtonElement>(null);
  const { start } = useMaintenanceActions();
  const seen = useSeenFindings(ask);
  const findings = told ?? seen;
  const groups = groupFindings(findings);
  const isBlocked = findings.some((finding) => finding.severity === "block");
  const needsConfirm = findings.some((finding) => finding.severity === "confirm");
  const isDestructive = ask.adminState === "maint" || needsConfirm;
  const where = ask.lb === null ? "" : ` on ${ask.lb}`;
  const canRoll = !isBlocked && ask.lb === null && ask.adminState !== "ready";
  return (
    <Dialog
      title={
        isBlocked
          ? `${capital(ask.what)} cannot be set to ${ask.adminState}${where}`
          : `Set ${ask.what} to ${ask.adminState}${where}?`
      }
      text={effectOf(ask)}
      onClose={onClose}
      focusFirst={isDestructive || isBlocked ? cancel : confirm}
      {...(isDestructive || isBlocked ? {} : { onConfirm: () => onConfirm(ask, false) })}
      foot={
        <>
          <button type="button" ref={cancel} className="btn btn-quiet" onClick={onClose}>
            {isBlocked ? "Close" : "Cancel"}
          </button>
          {canRoll && (
            <button
              type="button"
              className="btn"
              onClick={() => {
                onClose();
                start(ask.servers, { by: ask.host === null ? "server" : "host" });
              }}
            >
              Maintain gracefully…
            </button>
          )}
          {!isBlocked && (
            <button
              type="button"
              ref={confirm}
              className={`btn ${isDestructive ? "btn-danger" : "btn-primary"}`}
              onClick={() => onConfirm(ask, needsConfirm)}
            >
              {`Set ${ask.what} to ${ask.adminState}`}
            </button>
          )}
        </>
      }
    >
      <p className="many-names">{ask.servers.join(", ")}</p>
      {groups.length > 0 && (
        <ul className="findings">
          {groups.map(({ message, severity }) => (
            <li key={message} className={`finding-${severity}`}>
              <Glyph name={severityGlyphs[severity]} size={15} />
              <span>{message}</span>
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  );
}

/** What stands against it in what is shown now. The app looks anew before it sends, and asks again where it sees more. */
function useSeenFindings({ servers, adminState, lb }: ManyAsk): readonly Finding[] {
  const fleet = useLive((live) => live.fleet);
  return useMemo(() => {
    if (fleet === null) return [];
    const guarded = guardSetStates(fleet, { servers, adminState, loadBalancers: lb === null ? null : [lb] });
    return guarded.kind === "checked" ? guarded.findings : [];
  }, [fleet, servers, adminState, lb]);
}

export function FailedList({ failed }: { failed: readonly FailedServer[] }) {
  return (
    <ul className="many-failed" aria-label="Not done">
      {failed.map(({ server, reasons }) => (
        <li key={server}>
          <b>{server}</b>
          {reasons.map(({ lb, outcome, text }) => (
            <span key={lb}>
              <Glyph name={outcome === "unknown" ? "stale" : "down"} size={12} />
              {`${lb}: ${text}`}
            </span>
          ))}
        </li>
      ))}
    </ul>
  );
}

const severityGlyphs: Record<Finding["severity"], GlyphName> = { block: "down", confirm: "warn", note: "waits" };

function effectOf({ adminState, servers }: ManyAsk): string {
  const all = servers.length === 1 ? "it" : `all ${plural(servers.length, "server")} at once`;
  switch (adminState) {
    case "ready":
      return `New users come to ${all} again.`;
    case "drain":
      return `New users stay away from ${all}. Users with a cookie keep coming until they are done.`;
    case "maint":
      return `Nobody comes to ${all} any more: cookie users go to other servers now.`;
  }
}

function isOne({ host, servers }: ManyAsk): boolean {
  return host !== null || servers.length === 1;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
