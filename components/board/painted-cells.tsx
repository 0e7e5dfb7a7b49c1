"use client";
// The cells of a row whose numbers move at every poll, times sixty rows: they paint themselves (see view-feed.ts).
import { useCallback, useContext, useRef } from "react";
import { GlassShape, paintGlass } from "#components/glass/glass.tsx";
import { ServerTrace } from "#components/glass/trace.tsx";
import { useEachSecond } from "#components/live/hooks.ts";
import type { Category } from "#lib/fleet/category.ts";
import { chambersOf, glassSentence } from "#lib/fleet/chambers.ts";
import { healthWords } from "#lib/fleet/health-words.ts";
import type { BackendView, ServerView } from "#lib/fleet/merge.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { count, rate, shortCount } from "#lib/util/format.ts";
import { ageText, setText } from "./ages.tsx";
import { Health } from "./health.tsx";
import { referenceOf } from "./server-glass.tsx";
import { useOfServer, usePaintedBackend, usePaintedServer, ViewFeedContext } from "./view-feed.ts";

interface CellProps {
  id: ServerId;
}

interface SumProps {
  /** false: the number is the part that is known */
  isComplete: boolean;
}

export function RowSessions({ id, isComplete }: CellProps & SumProps) {
  const element = usePaintedServer<HTMLSpanElement>(id, (span, view) => paintSessions(span, view));
  return <Sum ref={element} className="scur" isComplete={isComplete} />;
}

export function BackendSessions({ name, isComplete }: { name: string } & SumProps) {
  const element = usePaintedBackend<HTMLSpanElement>(name, (span, view) => paintSessions(span, view));
  return <Sum ref={element} className="" isComplete={isComplete} />;
}

function Sum({ ref, className, isComplete }: { ref: React.Ref<HTMLSpanElement>; className: string } & SumProps) {
  return (
    <span className={`session-count ${className}`}>
      <span key={String(isComplete)} ref={ref} />
      {!isComplete && <i className="unknown-part">+?</i>}
    </span>
  );
}

function paintSessions(span: HTMLSpanElement, { sessions, isComplete }: ServerView | BackendView): void {
  const text = shortCount(sessions);
  const full = count(sessions);
  // `123k` stays the same while its title, which is exact, does not
  if (!setText(span, text) && text === full) return;
  setTitle(span, isComplete ? (text === full ? "" : full) : `${full} and what the silent load balancers have`);
  setClass(span, sessions === 0 ? "is-zero" : "");
}

export function RowRate({ id }: CellProps) {
  return <span ref={usePaintedServer<HTMLSpanElement>(id, paintRate)} />;
}

export function BackendRate({ name }: { name: string }) {
  return <span ref={usePaintedBackend<HTMLSpanElement>(name, paintRate)} />;
}

function paintRate(span: HTMLSpanElement, { arrivalsPerSec }: ServerView | BackendView): void {
  if (setText(span, rate(arrivalsPerSec))) setClass(span, arrivalsPerSec === 0 ? "is-muted" : "");
}

export function RowQueue({ id }: CellProps) {
  return <span ref={usePaintedServer<HTMLSpanElement>(id, paintQueue)} />;
}

export function BackendQueue({ name }: { name: string }) {
  return <span ref={usePaintedBackend<HTMLSpanElement>(name, paintQueue)} />;
}

function paintQueue(span: HTMLSpanElement, { queue }: ServerView | BackendView): void {
  if (setText(span, shortCount(queue))) setClass(span, queue > 0 ? "is-strong" : "is-muted");
}

export function RowLastArrival({ id }: CellProps) {
  const { servers } = useContext(ViewFeedContext);
  const element = usePaintedServer<HTMLSpanElement>(id, paintLastArrival);
  useEachSecond(() => {
    const view = servers.get(id);
    if (element.current !== null && view !== undefined) paintLastArrival(element.current, view);
  });
  return <span ref={element} />;
}

function paintLastArrival(span: HTMLSpanElement, { lastArrivalAt }: ServerView): void {
  if (!setText(span, lastArrivalAt === null ? "none" : ageText(lastArrivalAt))) return;
  setTitle(span, lastArrivalAt === null ? "No session since each load balancer's process started" : "");
}

export function RowTrace({ id, state }: CellProps & { state: Exclude<Category, "split"> }) {
  const { servers } = useContext(ViewFeedContext);
  const reference = useCallback(() => {
    const view = servers.get(id);
    return view === undefined ? 0 : referenceOf(view);
  }, [servers, id]);
  return <ServerTrace id={id} state={state} reference={reference} />;
}

/** Of a ready server. `server` gives the shape only: which tubes there are and in which state. */
export function ReadyGlass({ server }: { server: ServerView }) {
  const { chambers, hidden } = chambersOf(server);
  // A view may be painted before the tubes that it brings are rendered: those must be painted too.
  const shape = chambers.map((chamber) => `${chamber.lb} ${chamber.state}`).join();
  const painted = useRef("");
  const glass = usePaintedServer<SVGSVGElement>(server.id, (element, view) => {
    const label = glassSentence(view, null);
    // the sentence has every number that a level is made of, but what a full glass stands for
    const key = `${label} ${referenceOf(view)} ${shape}`;
    if (key === painted.current && element.hasAttribute("aria-label")) return;
    painted.current = key;
    const levels = chambersOf(view).chambers.map((chamber) => chamber.level);
    paintGlass(element, "row", levels, label);
  });
  return (
    <>
      <GlassShape ref={glass} chambers={chambers} levels={null} size="row" quiet={null} />
      {hidden > 0 && <span className="glass-more">+{hidden}</span>}
    </>
  );
}

/** A check that takes another millisecond is another text: this cell alone is rendered again. */
export function RowHealth({ id }: CellProps) {
  const words = useOfServer(id, healthWords);
  return words !== null && <Health {...words} />;
}

function setTitle(element: HTMLElement, title: string): void {
  if (element.title !== title) element.title = title;
}

function setClass(element: HTMLElement, className: string): void {
  if (element.className !== className) element.className = className;
}
