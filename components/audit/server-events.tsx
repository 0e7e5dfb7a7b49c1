"use client";
// What happened to one server, for its own page: the newest events, live, and the way to all of them.
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { Glyph } from "#components/glass/glyph.tsx";
import { appNow, useAuditFeed } from "#components/live/hooks.ts";
import { eventsOf, outcomeOf } from "#lib/audit/group.ts";
import { EVERYTHING, matches, needsAsking } from "#lib/audit/search.ts";
import { adminStateAsked, outcomeWords, whatOf, whoOf } from "#lib/audit/words.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import { clockTime, listOf } from "#lib/util/format.ts";
import { outcomeGlyphs } from "./event-row.tsx";
import { fetchPage } from "./fetch-audit.ts";
import "./audit.css";

const SHOWN = 8;

export function ServerEvents({ server }: { server: ServerId }) {
  const search = { ...EVERYTHING, server };
  const { data, error, refetch } = useQuery({
    queryKey: ["audit-of-server", server],
    queryFn: () => fetchPage(search, null, appNow() || Date.now()),
    retry: false,
    refetchOnWindowFocus: false,
  });
  useAuditFeed({
    onRow(entry) {
      if (needsAsking(entry, search) || matches(entry, search, appNow())) void refetch();
    },
    onGap: () => void refetch(),
  });
  const events = eventsOf(data?.entries ?? []).slice(0, SHOWN);
  return (
    <section className="side-part" aria-label="Events">
      <h2>
        Events
        <small>
          <Link href={`/events?server=${encodeURIComponent(server)}`}>{`All for ${server}`}</Link>
        </small>
      </h2>
      {error !== null && <p className="field-problem">{`The events cannot be read now: ${error.message}`}</p>}
      <ol className="record">
        {events.map((event) => {
          const first = event.parts[0];
          if (first === undefined) return null;
          const outcome = outcomeOf(event);
          const state = first.action === "server:set-state" && outcome === "done" ? adminStateAsked(first) : null;
          const lbs = listOf(event.parts.map((part) => part.lb ?? "").filter(Boolean));
          const ended = outcome === "done" || outcome === "note" ? "" : `: ${outcomeWords[outcome].toLowerCase()}`;
          return (
            <li key={event.key}>
              <time dateTime={first.at}>{clockTime(Date.parse(first.at))}</time>
              <Glyph
                name={state ?? outcomeGlyphs[outcome].glyph}
                size={12}
                className={state === null ? outcomeGlyphs[outcome].tone : `c-${state}`}
              />
              <span>
                <b>{whoOf(first)}</b>
                {`: ${whatOf(first).toLowerCase()}${lbs === "" ? "" : ` on ${lbs}`}${ended}`}
              </span>
            </li>
          );
        })}
      </ol>
      {data !== undefined && events.length === 0 && <p className="field-note">Nothing has happened to it yet.</p>}
    </section>
  );
}
