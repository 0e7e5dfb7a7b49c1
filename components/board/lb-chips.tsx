"use client";
// How old the numbers of each load balancer are. Age is measured from when HAProxy answered; it is the only progress
// indicator there is.
import { memo, useMemo } from "react";
import { Glyph, type GlyphName } from "#components/glass/glyph.tsx";
import { appNow, useAppNow, useLive } from "#components/live/hooks.ts";
import { ageMs, linkOf } from "#lib/fleet/link.ts";
import type { LoadBalancerStatus } from "#lib/fleet/merge.ts";
import type { LoadBalancerHead } from "#lib/fleet/view.ts";
import { clockTime, cutMiddle, dataAge, span } from "#lib/util/format.ts";

/** Above this many, those that are live share one chip. */
const MAX_CHIPS = 4;
const RELOADED_FOR_MS = 60_000;
const NAME_CHARS = 7;

export function LbChips() {
  const loadBalancers = useLive((live) => live.fleet?.loadBalancers) ?? [];
  const { loud, calm } = split(loadBalancers);
  return (
    <ul className="lbs" aria-label="Data freshness">
      {calm > 0 && (
        <li className="lb">
          <Glyph name="up" size={12} className="c-ready" />
          <b>{`${calm} live`}</b>
        </li>
      )}
      {loud.slice(0, MAX_CHIPS).map((lb) => (
        <LbChip key={lb.name} head={lb.view.head} link={lb.link} />
      ))}
      {loud.length > MAX_CHIPS && <li className="lb is-more">{`+${loud.length - MAX_CHIPS}`}</li>}
    </ul>
  );
}

function split(all: readonly LoadBalancerStatus[]): { loud: readonly LoadBalancerStatus[]; calm: number } {
  if (all.length <= MAX_CHIPS) return { loud: all, calm: 0 };
  const loud = all.filter((lb) => lb.link !== "live");
  return { loud, calm: all.length - loud.length };
}

const LbChip = memo(function LbChip({ head }: { head: LoadBalancerHead; link: string }) {
  const tick = useAppNow();
  const link = linkOf(head, appNow());
  // Read once a tick: with every answer it would jump between its newest and its oldest value.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above; a change of the link shows at once
  const words = useMemo(() => chipWords(head, Math.max(tick, appNow())), [tick, link, head.name]);
  return (
    <li className={`lb is-${link}`} title={titleOf(head)}>
      <Glyph name={words.glyph} size={words.glyph === "up" ? 12 : 13} className={words.glyphClass} />
      <b>{cutMiddle(head.name, NAME_CHARS)}</b>
      <span>{words.text}</span>
    </li>
  );
});

interface ChipWords {
  glyph: GlyphName;
  glyphClass: string;
  text: string;
}

function chipWords(head: LoadBalancerHead, nowMs: number): ChipWords {
  const link = linkOf(head, nowMs);
  const age = ageMs(head, nowMs);
  if (age === null || link === "unreachable") return { glyph: "stale", glyphClass: "", text: "no answer" };
  if (link === "stale") return { glyph: "stale", glyphClass: "", text: `stale ${span(age)}` };
  if (link === "late") return { glyph: "warn", glyphClass: "c-maint", text: `late ${span(age)}` };
  const isReloaded = head.reloadedAtMs !== null && nowMs - head.reloadedAtMs < RELOADED_FOR_MS;
  return { glyph: "up", glyphClass: "c-ready", text: isReloaded ? "reloaded" : dataAge(age) };
}

function titleOf(head: LoadBalancerHead): string {
  const lines = [
    head.name,
    head.address,
    head.version === null ? "" : `HAProxy ${head.version}`,
    head.reloadedAtMs === null ? "" : `reloaded at ${clockTime(head.reloadedAtMs)}`,
    head.error?.message ?? "",
  ];
  return lines.filter(Boolean).join("\n");
}
