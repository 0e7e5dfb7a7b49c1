"use client";
import Link from "next/link";
import { memo, useMemo } from "react";
import { Since } from "#components/board/ages.tsx";
import { ReadyGlass, RowHealth, RowSessions } from "#components/board/painted-cells.tsx";
import { ServerGlass } from "#components/board/server-glass.tsx";
import { Glyph, type GlyphName } from "#components/glass/glyph.tsx";
import { NotKnown } from "#components/glass/session-count.tsx";
import { type MaintenanceOf, useMaintenanceOf, useMaintenances } from "#components/live/hooks.ts";
import { useMaintenanceActions } from "#components/maintenance/actions.tsx";
import { maintenancePath } from "#components/maintenance/job-card.tsx";
import { useIsLost, useMaintenanceBlockedWhy } from "#components/maintenance/permission.ts";
import { lostMark, phaseMark, quietBarOf } from "#components/maintenance/words.ts";
import { serverPath } from "#components/server-detail/server-path.ts";
import { type Category, categoryOf, isKnown } from "#lib/fleet/category.ts";
import type { ServerView } from "#lib/fleet/merge.ts";
import { isSteady } from "#lib/fleet/steady.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import type { HostState, HostView } from "#lib/maintenance/host-view.ts";
import { isFinal } from "#lib/maintenance/job.ts";
import { cutMiddle, plural } from "#lib/util/format.ts";
import { HostSessions } from "./host-cells.tsx";
import { HostControl } from "./host-control.tsx";

const NAME_CHARS = 30;

export const stateMarks: Record<HostState, { word: string; glyph: GlyphName; tone: string }> = {
  in: { word: "In", glyph: "ready", tone: "ready" },
  draining: { word: "Draining", glyph: "drain", tone: "drain" },
  out: { word: "Out", glyph: "maint", tone: "maint" },
  partly: { word: "Partly", glyph: "split", tone: "split" },
};

interface HostRowProps {
  host: HostView;
  isPhone: boolean;
}

export const HostRow = memo(function HostRow({ host, isPhone }: HostRowProps) {
  const ids = useIds(host);
  const blockedWhy = useMaintenanceBlockedWhy(ids);
  const mark = stateMarks[host.state];
  return (
    <tr className={`host-row is-${host.state}`} aria-label={host.host} data-host={host.host} tabIndex={-1}>
      <th scope="row">
        <span className="host-name" title={host.host}>
          {cutMiddle(host.host, NAME_CHARS)}
        </span>
        {host.otherHosts.length > 0 && <small>{`also ${host.otherHosts.join(", ")}`}</small>}
        <span className={`host-state c-${mark.tone}`}>
          <Glyph name={mark.glyph} size={12} />
          {mark.word}
        </span>
      </th>
      <td className="host-set">
        <HostControl host={host} blockedWhy={blockedWhy} isPhone={isPhone} />
      </td>
      <td className="host-act">
        <Action host={host} ids={ids} blockedWhy={blockedWhy} isPhone={isPhone} />
      </td>
      <td className="host-servers">
        <ul aria-label={`Servers on ${host.host}`}>
          {host.servers.map((server) => (
            <Server key={server.id} server={server} />
          ))}
        </ul>
      </td>
      <td className="num host-now">
        <span className="host-label">{plural(host.servers.length, "server")}, sessions</span>
        <HostSessions ids={ids} isComplete={host.isComplete} />
      </td>
      <td className="num host-changed">
        <span className="host-label">last change</span>
        {host.changedAt === null ? "not known" : <Since atSec={host.changedAt} />}
      </td>
    </tr>
  );
}, isSameHost);

function isSameHost(a: HostRowProps, b: HostRowProps): boolean {
  const [one, two] = [a.host, b.host];
  return (
    a.isPhone === b.isPhone &&
    one.host === two.host &&
    one.otherHosts.join() === two.otherHosts.join() &&
    one.changedAt === two.changedAt &&
    one.isComplete === two.isComplete &&
    one.servers.length === two.servers.length &&
    one.servers.every((server, at) => {
      const other = two.servers[at];
      return other !== undefined && server.id === other.id && isSteady(server, other);
    })
  );
}

/** The same list while the same servers are there: painted cells watch by it. */
function useIds({ servers }: HostView): readonly ServerId[] {
  const key = servers.map((server) => server.id).join(" ");
  return useMemo(() => key.split(" "), [key]);
}

interface ActionProps {
  host: HostView;
  ids: readonly ServerId[];
  blockedWhy: string | null;
  isPhone: boolean;
}

/** The maintenance that has one of its servers, or the button that starts one for all of them. */
function Action({ host, ids, blockedWhy, isPhone }: ActionProps) {
  const { start } = useMaintenanceActions();
  const taken = useMaintenances()
    .flatMap((one) => one.servers)
    .find((one) => ids.includes(one.server) && !isFinal(one.phase));
  const job = useMaintenanceOf(taken?.server ?? "");
  if (job !== null) return <JobLink job={job} isPhone={isPhone} />;
  return (
    <button
      type="button"
      className={isPhone ? "btn btn-phone" : "btn"}
      aria-label={`Maintain host ${host.host}`}
      aria-disabled={blockedWhy !== null || undefined}
      title={blockedWhy ?? undefined}
      onClick={() => blockedWhy === null && start(ids, { by: "host" })}
    >
      Maintain…
    </button>
  );
}

function JobLink({ job, isPhone }: { job: MaintenanceOf; isPhone: boolean }) {
  const isLost = useIsLost();
  const mark = isLost ? lostMark(job.server) : phaseMark(job.server, null);
  return (
    <Link
      className={`btn host-job c-${mark.tone} ${isPhone ? "btn-phone" : ""}`}
      href={maintenancePath(job.maintenance.id)}
      prefetch={false}
      title={mark.title}
    >
      <Glyph name={mark.glyph} size={12} />
      <span className="sr-only">{`Maintenance of ${job.server.server}: `}</span>
      {mark.word}
    </Link>
  );
}

const glyphs: Record<Category, GlyphName> = {
  ready: "ready",
  drain: "drain",
  maint: "maint",
  ramp: "ramp",
  down: "down",
  split: "split",
};

function Server({ server }: { server: ServerView }) {
  const job = useMaintenanceOf(server.id);
  const category = categoryOf(server);
  return (
    <li>
      <Glyph name={glyphs[category]} size={11} className={`c-${category}`} />
      <Link className="host-server" href={serverPath(server.id)} prefetch={false} title={server.id}>
        {cutMiddle(server.id, NAME_CHARS)}
      </Link>
      <span className="host-glass">
        {server.adminState === "ready" ? (
          <ReadyGlass server={server} />
        ) : (
          <ServerGlass server={server} size="row" quiet={job === null ? null : quietBarOf(job.server)} />
        )}
      </span>
      <span className="num">
        {isKnown(server) ? <RowSessions id={server.id} isComplete={server.isComplete} /> : <NotKnown />}
      </span>
      <span className="host-health">
        <RowHealth id={server.id} />
      </span>
    </li>
  );
}
