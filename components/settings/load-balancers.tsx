"use client";
// The load balancers: where each is named, how its link is, and those of the settings to be changed.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Glyph, type GlyphName } from "#components/glass/glyph.tsx";
import { useLive } from "#components/live/hooks.ts";
import { useToast } from "#components/toast/toast.tsx";
import type { Link } from "#lib/fleet/view.ts";
import type { LbSource, LoadBalancerSetting } from "#lib/wire/settings.ts";
import { ask } from "./api.ts";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { loadBalancersKey } from "./keys.ts";
import { LoadBalancerDialog } from "./load-balancer-dialog.tsx";
import { Action, ListOf, Row, SectionHead } from "./section.tsx";
import { useChange } from "./use-change.ts";

/** Links age while one looks at them. */
const READ_AGAIN_MS = 2_000;

type Open = { kind: "add" } | { kind: "change" | "remove"; lb: LoadBalancerSetting };

export function LoadBalancers() {
  const isAdmin = useLive((live) => live.me?.role === "admin");
  const lbs = useQuery({
    queryKey: loadBalancersKey,
    queryFn: async () =>
      (await ask<{ loadBalancers: LoadBalancerSetting[] }>("GET", "/settings/load-balancers")).loadBalancers,
    refetchInterval: READ_AGAIN_MS,
  });
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  return (
    <>
      <SectionHead
        title="Load balancers"
        lead="Each HAProxy that Drainboard watches. Adding or removing one here touches nothing in HAProxy."
      >
        {isAdmin && (
          <button type="button" className="btn btn-primary" onClick={() => setOpen({ kind: "add" })}>
            Add load balancer…
          </button>
        )}
      </SectionHead>
      <ListOf
        name="Load balancers"
        rows={lbs}
        empty={isAdmin ? "None yet. Add the first one." : "None yet. An admin can add the first one."}
      >
        {(lb) => <LoadBalancerRow key={`${lb.source} ${lb.name}`} lb={lb} isAdmin={isAdmin} onOpen={setOpen} />}
      </ListOf>
      {open?.kind === "add" && <LoadBalancerDialog before={null} onClose={close} />}
      {open?.kind === "change" && <LoadBalancerDialog before={open.lb} onClose={close} />}
      {open?.kind === "remove" && <RemoveLoadBalancer lb={open.lb} onClose={close} />}
    </>
  );
}

const linkLooks: Record<Link, { glyph: GlyphName; className: string; word: string }> = {
  live: { glyph: "up", className: "c-ready", word: "live" },
  late: { glyph: "warn", className: "c-maint", word: "late" },
  stale: { glyph: "stale", className: "", word: "stale" },
  unreachable: { glyph: "stale", className: "", word: "does not answer" },
};

const sourceWords: Record<LbSource, string> = {
  "command line": "set on the command line",
  environment: "set in the environment",
  "config file": "set in the configuration file",
  found: "found in its usual place",
  settings: "",
};

interface RowProps {
  lb: LoadBalancerSetting;
  isAdmin: boolean;
  onOpen(open: Open): void;
}

function LoadBalancerRow({ lb, isAdmin, onOpen }: RowProps) {
  const look = linkLooks[lb.link];
  const isUsed = lb.unusedWhy === null;
  return (
    <Row
      name={lb.name}
      title={lb.name}
      facts={[
        isUsed && (
          <b key="link" className="set-link">
            <Glyph name={look.glyph} size={12} className={look.className} />
            {look.word}
          </b>
        ),
        <code key="address">{lb.address}</code>,
        lb.master === null ? "" : <code key="master">{`master ${lb.master}`}</code>,
        lb.version === null ? "" : `HAProxy ${lb.version}`,
        lb.level === null || lb.level === "admin" ? "" : `level ${lb.level}: can show, not change`,
        sourceWords[lb.source],
      ]}
      actions={
        isAdmin && lb.isEditable ? (
          <>
            {isUsed && (
              <Action name={`Change ${lb.name}`} onClick={() => onOpen({ kind: "change", lb })}>
                Change…
              </Action>
            )}
            <Action name={`Remove ${lb.name}`} isDanger onClick={() => onOpen({ kind: "remove", lb })}>
              Remove…
            </Action>
          </>
        ) : undefined
      }
    >
      {lb.warning !== null && <p className="set-trouble">{lb.warning}</p>}
      {(lb.unusedWhy ?? lb.error) !== null && <p className="set-trouble">{lb.unusedWhy ?? lb.error}</p>}
    </Row>
  );
}

function RemoveLoadBalancer({ lb, onClose }: { lb: LoadBalancerSetting; onClose(): void }) {
  const change = useChange(loadBalancersKey);
  const showToast = useToast();
  return (
    <ConfirmDialog
      title={`Remove ${lb.name}?`}
      text={`It vanishes from every board, with its history. HAProxy at ${lb.address} goes on as it is, states included.`}
      verb={`Remove ${lb.name}`}
      change={change}
      onClose={onClose}
      onConfirm={async () => {
        const path = `/settings/load-balancers/${encodeURIComponent(lb.name)}`;
        if ((await change.run(() => ask("DELETE", path))) === null) return;
        showToast({ text: `${lb.name} is removed.` });
        onClose();
      }}
    />
  );
}
