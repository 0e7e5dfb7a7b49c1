"use client";
// What keeps users on a server of this backend, what that means for draining, and the probe that tries it.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Glyph } from "#components/glass/glyph.tsx";
import { useLive } from "#components/live/hooks.ts";
import { useIsLost } from "#components/maintenance/permission.ts";
import { ask, sentenceOf } from "#components/settings/api.ts";
import { persistenceKey } from "#components/settings/keys.ts";
import type { ServerView } from "#lib/fleet/merge.ts";
import type { BackendPersistence } from "#lib/wire/persistence.ts";
import { ProbeDialog } from "./probe-dialog.tsx";
import { ProbeSettingDialog } from "./probe-setting-dialog.tsx";
import { tableWords } from "./words.ts";
import "./persistence.css";

/** Cookies and balance change with a reload only; it reads the stick tables of every load balancer. */
const LOOK_EVERY_MS = 60_000;

interface PersistenceCardProps {
  view: ServerView;
  /** why this person may change nothing here; null: may */
  blockedWhy: string | null;
}

export function PersistenceCard({ view, blockedWhy }: PersistenceCardProps) {
  const isLost = useIsLost();
  const isAdmin = useLive((live) => live.me?.role === "admin");
  const [open, setOpen] = useState<"probe" | "setting" | null>(null);
  const { data, error } = useQuery({
    queryKey: [...persistenceKey, view.backend],
    queryFn: () => ask<BackendPersistence>("GET", `/backends/${encodeURIComponent(view.backend)}/persistence`),
    refetchInterval: LOOK_EVERY_MS,
    enabled: !isLost,
    retry: false,
  });
  if (isLost) return null;
  const isSetUp = data !== undefined && data.probeUrl !== null;
  const whyNot = isSetUp ? blockedWhy : "An admin has not said where the probe asks: Settings, Backends.";
  return (
    <section className="side-part persistence" aria-label="Persistence">
      <h2>
        Persistence
        <small>
          {data !== undefined && isAdmin && (
            <button type="button" className="link-btn" onClick={() => setOpen("setting")}>
              {isSetUp ? "Where it asks…" : "Set up the probe…"}
            </button>
          )}
          {data !== undefined && (
            <button
              type="button"
              className="btn btn-sm"
              aria-disabled={whyNot !== null || undefined}
              title={whyNot ?? undefined}
              onClick={() => whyNot === null && setOpen("probe")}
            >
              Probe…
            </button>
          )}
        </small>
      </h2>
      {error !== null && <p className="field-problem">{`It cannot be read now: ${sentenceOf(error)}`}</p>}
      {data !== undefined && <Told view={view} told={data} />}
      {data !== undefined && !isSetUp && <p className="field-note">{whyNot}</p>}
      {open === "probe" && <ProbeDialog view={view} onClose={() => setOpen(null)} />}
      {open === "setting" && <ProbeSettingDialog backend={view.backend} onClose={() => setOpen(null)} />}
    </section>
  );
}

function Told({ view, told }: { view: ServerView; told: BackendPersistence }) {
  const facts = factsOf(view, told);
  return (
    <>
      <p className="persistence-drain">{told.drain}</p>
      <p className="field-note">{told.lasts}</p>
      {told.warnings.map((warning) => (
        <p key={warning} className="persistence-warning">
          <Glyph name="warn" size={13} className="c-maint" />
          <span>{warning}</span>
        </p>
      ))}
      {facts.length > 0 && (
        <dl className="terms">
          {facts.map(([term, texts]) => (
            <div key={term}>
              <dt>{term}</dt>
              <dd>
                {texts.map((text) => (
                  <span key={text}>{text}</span>
                ))}
              </dd>
            </div>
          ))}
        </dl>
      )}
      {told.unseen !== null && <p className="field-note">{told.unseen}</p>}
    </>
  );
}

/** Each said once where the load balancers agree, else with the name of each. */
function factsOf({ id }: ServerView, { loadBalancers, probeUrl }: BackendPersistence): [string, string[]][] {
  const facts: [string, string[]][] = [
    [
      "Cookie",
      byLb(loadBalancers, ({ cookie }) => {
        const value = cookie?.values.find((one) => one.server === id)?.value ?? "";
        return cookie === null ? "" : `${cookie.name}=${value === "" ? "(no value)" : value}`;
      }),
    ],
    ["Balance", byLb(loadBalancers, (one) => [one.balance, one.mode].filter(Boolean).join(", "))],
    ["Stick tables", byLb(loadBalancers, ({ stickTables }) => (stickTables ?? []).map(tableWords).join("; "))],
    ["Probe asks", probeUrl === null ? [] : [probeUrl]],
  ];
  return facts.filter(([, texts]) => texts.length > 0);
}

function byLb(
  lbs: BackendPersistence["loadBalancers"],
  textOf: (lb: BackendPersistence["loadBalancers"][number]) => string,
): string[] {
  const texts = lbs.map((one) => ({ lb: one.lb, text: textOf(one) })).filter((one) => one.text !== "");
  const different = [...new Set(texts.map((one) => one.text))];
  return different.length < 2 ? different : texts.map(({ lb, text }) => `${lb}: ${text}`);
}
