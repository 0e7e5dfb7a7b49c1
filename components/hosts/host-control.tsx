"use client";
// Ready, Drain, Maint of a whole machine. Each says how many of its servers are there; the change is one action.
import { useId } from "react";
import { useChangeMany } from "#components/board/change-many.tsx";
import { moveFocus } from "#components/board/state-control.tsx";
import { Glyph } from "#components/glass/glyph.tsx";
import { useLive } from "#components/live/hooks.ts";
import { countShowing } from "#lib/fleet/many-words.ts";
import { type AdminState, adminStates } from "#lib/haproxy/admin-state.ts";
import type { HostView } from "#lib/maintenance/host-view.ts";

const words: Record<AdminState, string> = { ready: "Ready", drain: "Drain", maint: "Maint" };

interface HostControlProps {
  host: HostView;
  blockedWhy: string | null;
  isPhone: boolean;
}

export function HostControl({ host, blockedWhy, isPhone }: HostControlProps) {
  const { ask, running } = useChangeMany();
  const whyId = useId();
  const all = host.servers.length;
  const asked = running?.host === host.host ? running : null;
  const why = blockedWhy ?? (running === null ? null : `Setting ${running.what} to ${running.adminState}.`);
  const current = adminStates.find((state) => host[state] > 0) ?? "ready";

  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset brings a legend and a frame; this is a group in a cell
    <div
      className={`seg ${isPhone ? "seg-phone" : "seg-row"}`}
      role="group"
      aria-label={`Admin state of host ${host.host}`}
      aria-describedby={why === null ? undefined : whyId}
      title={why ?? undefined}
      onKeyDown={moveFocus}
    >
      {adminStates.map((state) => {
        const here = host[state];
        const isPending = asked?.adminState === state;
        const isMixed = here > 0 && here < all;
        const kind = isPending ? "is-pending" : isMixed ? "is-mixed" : here > 0 ? "is-on" : "";
        return (
          <button
            key={state}
            type="button"
            className={kind === "" ? "" : `${kind} is-${state}`}
            aria-pressed={isMixed ? "mixed" : here === all}
            aria-disabled={why !== null || undefined}
            aria-busy={isPending || undefined}
            tabIndex={state === current ? 0 : -1}
            onClick={() => {
              if (why !== null || here === all) return;
              ask({
                ...{ what: `host ${host.host}`, host: host.host, adminState: state, lb: null },
                servers: host.servers.map((server) => server.id),
                expected: Object.fromEntries(host.servers.map((server) => [server.id, server.adminState])),
              });
            }}
          >
            {here > 0 && !isPending && <Glyph name={state} size={isPhone ? 14 : 11} />}
            <span>{words[state]}</span>
            {isMixed && !isPending && <i aria-hidden="true">{here}</i>}
            {isPending && <Progress host={host} state={state} />}
          </button>
        );
      })}
      {why !== null && (
        <span id={whyId} className="sr-only">
          {why}
        </span>
      )}
    </div>
  );
}

function Progress({ host, state }: { host: HostView; state: AdminState }) {
  const fleet = useLive((live) => live.fleet);
  const ids = host.servers.map((server) => server.id);
  const shown = fleet === null ? 0 : countShowing(fleet, ids, state, null);
  return <i aria-hidden="true">{`${shown}/${ids.length}`}</i>;
}
