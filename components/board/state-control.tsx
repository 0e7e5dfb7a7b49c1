"use client";
// Ready, Drain, Maint: three buttons, not a radio group, where arrow keys select and selecting would drain a server.
import { type KeyboardEvent, memo, useId } from "react";
import { Glyph } from "#components/glass/glyph.tsx";
import { type Pending, usePending } from "#components/live/hooks.ts";
import type { MergedAdminState } from "#lib/fleet/merge.ts";
import { type AdminState, adminStates } from "#lib/haproxy/admin-state.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { inputFor, useAskChange } from "./change.tsx";

const words: Record<AdminState, string> = { ready: "Ready", drain: "Drain", maint: "Maint" };

interface StateControlProps {
  id: ServerId;
  adminState: MergedAdminState;
  /** load balancers in ready, drain and maint: "1 0 2". A text, so that an unchanged one is equal */
  spread: string;
  /** set on this load balancer only; null: on all that carry the server */
  lb: string | null;
  /** why nothing can be set; null: it can */
  blockedWhy: string | null;
  /** in the tab order; rows that are not the current one are reached with the arrow keys */
  isReachable: boolean;
  size?: "row" | "page" | "phone";
}

export const StateControl = memo(function StateControl(props: StateControlProps) {
  const { id, adminState, lb, blockedWhy, isReachable, size = "row" } = props;
  const ask = useAskChange();
  const pending = usePending(id);
  const whyId = useId();
  const spread = props.spread.split(" ").map(Number);
  const isBlocked = blockedWhy !== null;

  const onClick = (asked: AdminState) => {
    if (isBlocked || asked === pending?.asked) return;
    if (pending === null && asked === adminState) return;
    ask(inputFor(id, asked, adminState, lb));
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset brings a legend and a frame; this is a group in a cell
    <div
      className={`seg seg-${size}`}
      role="group"
      aria-label={`Admin state of ${id}`}
      aria-describedby={isBlocked ? whyId : undefined}
      title={blockedWhy ?? undefined}
      onKeyDown={moveFocus}
    >
      {adminStates.map((state, at) => {
        const mark = markOf(state, adminState, spread[at] ?? 0, pending);
        const isFirst = adminState === "split" ? at === 0 : state === adminState;
        return (
          <button
            key={state}
            type="button"
            className={mark.className}
            aria-pressed={mark.pressed}
            aria-disabled={isBlocked || undefined}
            aria-busy={mark.isPending || undefined}
            tabIndex={isReachable && isFirst ? 0 : -1}
            onClick={() => onClick(state)}
          >
            {mark.hasGlyph && <Glyph name={state} size={size === "row" ? 11 : 14} />}
            <span>{words[state]}</span>
            {mark.count !== "" && <i aria-hidden="true">{mark.count}</i>}
          </button>
        );
      })}
      {isBlocked && (
        <span id={whyId} className="sr-only">
          {blockedWhy}
        </span>
      )}
    </div>
  );
});

interface Mark {
  className: string;
  pressed: boolean | "mixed";
  hasGlyph: boolean;
  isPending: boolean;
  count: string;
}

function markOf(state: AdminState, adminState: MergedAdminState, carriers: number, pending: Pending | null): Mark {
  const isSplit = adminState === "split";
  const isHere = carriers > 0;
  const pressed = isHere && isSplit ? "mixed" : isHere;
  if (pending?.asked === state && state !== adminState) {
    const count = pending.confirmed > 0 ? `${pending.confirmed}/${pending.of}` : "";
    return { className: `is-pending is-${state}`, pressed, hasGlyph: count === "", isPending: true, count };
  }
  if (!isHere) return { className: "", pressed: false, hasGlyph: false, isPending: false, count: "" };
  if (!isSplit || pending !== null) {
    return { className: `is-on is-${state}`, pressed, hasGlyph: true, isPending: false, count: "" };
  }
  return { className: `is-mixed is-${state}`, pressed, hasGlyph: true, isPending: false, count: String(carriers) };
}

/** Arrows move in the group; Enter and Space act. */
export function moveFocus(event: KeyboardEvent<HTMLElement>) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (step === undefined) return;
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  const at = buttons.indexOf(event.target as HTMLButtonElement);
  buttons[(at + step + buttons.length) % buttons.length]?.focus();
  event.preventDefault();
  event.stopPropagation();
}
