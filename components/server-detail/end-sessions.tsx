"use client";
// From a button to sessions that ended: what is meant is counted again when this opens and when it is sent, and what came
// of it stays until it is closed.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useRef, useState } from "react";
import { Glyph } from "#components/glass/glyph.tsx";
import { useEndSessions, useReadSessions } from "#components/live/hooks.ts";
import { Dialog } from "#components/ui/dialog.tsx";
import type { ServerView } from "#lib/fleet/merge.ts";
import { count, listOf } from "#lib/util/format.ts";
import type { Problem } from "#lib/wire/problem.ts";
import type { EndSessionsResult, SessionsReport } from "#lib/wire/sessions.ts";
import { fetchWholeReport } from "./fetch-sessions.ts";
import { comesBackWords, countOf, type EndTarget, effectsOf, endInput, meantWords } from "./session-list.ts";

const EndContext = createContext<(target: EndTarget) => void>(() => {});

/** Opens the question; nothing is sent by the click itself. */
export function useAskEnd(): (target: EndTarget) => void {
  return useContext(EndContext);
}

export function EndSessionsProvider({ view, children }: { view: ServerView; children: ReactNode }) {
  const [target, setTarget] = useState<EndTarget | null>(null);
  return (
    <EndContext value={setTarget}>
      {children}
      {target !== null && <EndDialog view={view} target={target} onClose={() => setTarget(null)} />}
    </EndContext>
  );
}

interface EndDialogProps {
  view: ServerView;
  target: EndTarget;
  onClose(): void;
}

function EndDialog({ view, target, onClose }: EndDialogProps) {
  const cancel = useRef<HTMLButtonElement>(null);
  const end = useEndSessions();
  const [refusal, setRefusal] = useState<Problem | null>(null);
  const [result, setResult] = useState<EndSessionsResult | null>(null);
  const [isSending, setIsSending] = useState(false);
  const [isForced, setForced] = useState(false);
  const counted = useCounted(view.id, target, isForced);
  const after = useAfter(view.id);
  const { data, error } = counted;
  const n = data?.count ?? null;

  async function send() {
    if (n === null || n === 0 || isSending) return;
    setIsSending(true);
    const answer = await end(endInput(view.id, target, n, isForced));
    setIsSending(false);
    after();
    if (answer.ok) {
      setResult(answer.value);
      return;
    }
    setRefusal(answer.problem);
    if (isTooBusy(answer.problem)) setForced(true);
    else void counted.refetch();
  }

  if (result !== null) return <Ended id={view.id} target={target} result={result} onClose={onClose} />;
  const meant = meantWords(target, n ?? 0);
  const comesBack = comesBackWords(view.server, view.adminState);
  const left = data?.report.loadBalancers.filter((one) => one.count === null) ?? [];
  return (
    <Dialog
      title={n === null ? `End sessions of ${view.id}?` : `End ${meant} of ${view.id}?`}
      onClose={onClose}
      focusFirst={cancel}
      foot={
        <>
          <button type="button" ref={cancel} className="btn btn-quiet" onClick={onClose}>
            Cancel
          </button>
          <button
            type="button"
            className="btn btn-danger"
            aria-disabled={n === null || n === 0 || isSending || undefined}
            onClick={() => void send()}
          >
            {buttonWords(n, meant, isSending, isForced)}
          </button>
        </>
      }
    >
      <ul className="findings">
        {refusal !== null &&
          refusedWords(refusal).map((text) => (
            <li key={text} className="finding-block" role="alert">
              <Glyph name="down" size={15} />
              <span>{text}</span>
            </li>
          ))}
        {error !== null && (
          <li className="finding-block" role="alert">
            <Glyph name="down" size={15} />
            <span>{error.message}</span>
          </li>
        )}
        {data !== undefined &&
          n !== 0 &&
          effectsOf(target, data.report.counts).map((text) => (
            <li key={text} className="finding-confirm">
              <Glyph name="warn" size={15} />
              <span>{text}</span>
            </li>
          ))}
        {n !== 0 && comesBack !== null && (
          <li className="finding-note">
            <Glyph name="waits" size={15} />
            <span>{comesBack}</span>
          </li>
        )}
        {left.length > 0 && (
          <li className="finding-note">
            <Glyph name="stale" size={15} />
            <span>{`${listOf(left.map((one) => one.lb))} could not be listed: sessions there are not counted and not ended.`}</span>
          </li>
        )}
      </ul>
    </Dialog>
  );
}

function buttonWords(n: number | null, meant: string, isSending: boolean, isForced: boolean): string {
  if (n === null) return "Counting";
  if (n === 0) return "Nothing to end";
  return isSending ? "Ending" : `End ${meant}${isForced ? " all the same" : ""}`;
}

function isTooBusy(problem: Problem): boolean {
  return problem.findings?.some((finding) => finding.code === "too-busy") === true;
}

/** What each load balancer said, or the one sentence of all. */
function refusedWords({ detail, findings = [], ended = [] }: Problem): readonly string[] {
  const said = [
    ...findings.map((finding) => finding.message),
    ...ended.filter((one) => one.message !== "").map((one) => `${one.lb}: ${one.message}`),
  ];
  return said.length === 0 ? [detail] : [...new Set(said)];
}

/** What the page shows beside this is of before: it is read again. */
function useAfter(id: string): () => void {
  const read = useReadSessions();
  const queryClient = useQueryClient();
  return () => {
    void read(id);
    void queryClient.invalidateQueries({ queryKey: ["diagnosis", id] });
  };
}

interface Counted {
  report: SessionsReport;
  count: number;
}

/** Read again now. A list that was cut is fetched whole where its rows are needed to count. */
function useCounted(id: string, target: EndTarget, isForced: boolean) {
  const read = useReadSessions();
  return useQuery({
    queryKey: ["sessions-to-end", id, target, isForced],
    queryFn: async (): Promise<Counted> => {
      const answer = await read(id, isForced);
      if (!answer.ok) throw new Error(answer.problem.detail);
      const short = countOf(answer.value, target);
      if (short !== null) return { report: answer.value, count: short };
      const whole = await fetchWholeReport(answer.value);
      return { report: whole, count: countOf(whole, target) ?? 0 };
    },
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
}

interface EndedProps {
  id: string;
  target: EndTarget;
  result: EndSessionsResult;
  onClose(): void;
}

/** Found, ended, remain: read again after it, on each load balancer. */
function Ended({ id, target, result, onClose }: EndedProps) {
  const close = useRef<HTMLButtonElement>(null);
  const { found, ended, remain } = result;
  const told = result.loadBalancers.filter((one) => one.outcome !== "done" || one.message !== "");
  return (
    <Dialog
      title={endedTitle(id, target, result)}
      onClose={onClose}
      focusFirst={close}
      foot={
        <button type="button" ref={close} className="btn btn-primary" onClick={onClose}>
          Close
        </button>
      }
    >
      <dl className="ended">
        <div>
          <dt>Found</dt>
          <dd>{count(found)}</dd>
        </div>
        <div>
          <dt>Ended</dt>
          <dd>{ended === null ? "not known" : count(ended)}</dd>
        </div>
        <div>
          <dt>Remain</dt>
          <dd>{remain === null ? "not known" : count(remain)}</dd>
        </div>
      </dl>
      {told.length > 0 && (
        <dl className="outcomes">
          {told.map((one) => (
            <div key={one.lb} className={`outcome-${one.outcome}`}>
              <dt>
                <Glyph name={outcomeGlyphs[one.outcome]} size={14} />
                {one.lb}
              </dt>
              <dd>{one.message === "" ? outcomeWords[one.outcome] : one.message}</dd>
            </div>
          ))}
        </dl>
      )}
    </Dialog>
  );
}

const outcomeGlyphs = { done: "done", refused: "down", unknown: "stale" } as const;
const outcomeWords = {
  done: "Done.",
  refused: "HAProxy refused.",
  unknown: "It was sent, and no whole answer came: it is not known whether they ended.",
} as const;

function endedTitle(id: string, target: EndTarget, { found, ended }: EndSessionsResult): string {
  if (ended === null) return `It is not known how many sessions of ${id} ended`;
  if (target.by === "one") return ended > 0 ? `Ended ${meantWords(target, 1)}` : "It had ended by itself";
  return ended === found
    ? `Ended ${meantWords(target, ended)} of ${id}`
    : `Ended ${count(ended)} of ${count(found)} sessions of ${id}`;
}
