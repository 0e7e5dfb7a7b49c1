"use client";
import { Since } from "#components/board/ages.tsx";
import { Health } from "#components/board/health.tsx";
import { Glass } from "#components/glass/glass.tsx";
import { Glyph } from "#components/glass/glyph.tsx";
import { chamberOf } from "#lib/fleet/chambers.ts";
import { healthWords } from "#lib/fleet/health-words.ts";
import { countsAsLive } from "#lib/fleet/link.ts";
import type { ServerView } from "#lib/fleet/merge.ts";
import type { ServerSummary } from "#lib/maintenance/summary.ts";
import { count, plural, rate } from "#lib/util/format.ts";

const words = { ready: "Ready", drain: "Drain", maint: "Maint" } as const;

/** Each load balancer as it is now: a job is as far as the one that is least far. `server`: in its maintenance, if any. */
export function LbTable({ view, server }: { view: ServerView; server: ServerSummary | null }) {
  return (
    <section className="side-part" aria-label="Load balancers">
      <h2>
        Load balancers
        <small>{view.adminState === "split" ? "they differ" : "all agree"}</small>
      </h2>
      <table className="lb-table">
        <thead>
          <tr>
            <th scope="col">
              <span className="sr-only">Name</span>
            </th>
            <th scope="col">
              <span className="sr-only">Glass</span>
            </th>
            <th scope="col">State</th>
            <th scope="col" className="num">
              Sessions
            </th>
            <th scope="col" className="num">
              New/s
            </th>
            <th scope="col" className="num">
              Last arrival
            </th>
            <th scope="col">Check</th>
          </tr>
        </thead>
        <tbody>
          {view.cells.map((cell) => {
            const isLive = countsAsLive(cell.link);
            const proved = server?.perLoadBalancer.find((one) => one.lb === cell.lb);
            const chamber = chamberOf(cell);
            return (
              <tr key={cell.lb}>
                <th scope="row">{cell.lb}</th>
                <td>
                  <Glass
                    chambers={[chamber]}
                    size="row"
                    quiet={
                      server?.phase === "quiet" && proved !== undefined
                        ? proved.quietForMs / 1_000 / server.quietSec
                        : null
                    }
                    label={`${cell.lb}: ${isLive ? plural(chamber.sessions, "session") : "not known"}`}
                  />
                </td>
                {isLive ? (
                  <>
                    <td className={`lb-state c-${cell.adminState}`}>
                      <Glyph name={cell.adminState} size={12} />
                      {words[cell.adminState]}
                    </td>
                    <td className="num">
                      <b>{count(chamber.sessions)}</b>
                    </td>
                    <td className="num is-muted">{rate(cell.row.arrivalsPerSec)}</td>
                    <td className="num">
                      {cell.row.lastArrivalAt === null ? "none" : <Since atSec={cell.row.lastArrivalAt} />}
                    </td>
                    <td>
                      <Health
                        {...healthWords({
                          ...view,
                          cells: [cell],
                          opState: cell.opState,
                          status: cell.row.status,
                          adminState: cell.adminState,
                        })}
                      />
                    </td>
                  </>
                ) : (
                  <td colSpan={5} className="lb-state">
                    <Glyph name="stale" size={13} />
                    {`does not answer. It was ${cell.adminState}; what it is now is not known.`}
                  </td>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
