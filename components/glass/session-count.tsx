import { count, shortCount } from "#lib/util/format.ts";

interface SessionCountProps {
  sessions: number;
  /** false: the number is the part that is known */
  isComplete: boolean;
  /** no load balancer is live: there is no number at all */
  isUnknown?: boolean;
  className?: string;
}

/** A sum with a missing part is not a sum: the known part and a box that says so. */
export function SessionCount({ sessions, isComplete, isUnknown = false, className = "" }: SessionCountProps) {
  if (isUnknown) return <NotKnown className={className} />;
  const full = count(sessions);
  const text = shortCount(sessions);
  return (
    <span
      className={`session-count ${sessions === 0 ? "is-zero" : ""} ${className}`}
      title={isComplete ? undefined : `${full} and what the silent load balancers have`}
    >
      {text === full ? text : <span title={full}>{text}</span>}
      {!isComplete && <i className="unknown-part">+?</i>}
    </span>
  );
}

export function NotKnown({ className = "" }: { className?: string }) {
  return (
    <span className={`session-count ${className}`} title="No load balancer answers: not known">
      <i className="unknown-part">?</i>
    </span>
  );
}
