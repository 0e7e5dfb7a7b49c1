"use client";

import Link from "next/link";
import { type ReactNode, useState } from "react";
import { Glyph } from "../glass/glyph.tsx";
import { useLive } from "../live/hooks.ts";
import { LoadBalancerDialog } from "../settings/load-balancer-dialog.tsx";
import { TopBar } from "../shell/top-bar.tsx";
import { Snippet } from "./snippet.tsx";

const ALLOW = [
  "global",
  "  stats socket /run/haproxy/admin.sock mode 660 level admin",
  "  # or, for a remote Drainboard:",
  "  stats socket ipv4@10.20.0.11:9999 level admin",
] as const;

const START = [
  "npm start -- --lb lb1=/run/haproxy/admin.sock",
  "# or, over TCP, and several of them:",
  "npm start -- --lb lb1=tcp://10.20.0.11:9999 \\",
  "  --lb lb2=tcp://10.20.0.12:9999",
] as const;

/** What the board shows while the app knows no load balancer. */
export function FirstRun() {
  const isAdmin = useLive((live) => live.me?.role === "admin");
  return (
    <div className="flex min-h-dvh flex-col bg-surface">
      <TopBar />
      <main className="w-full max-w-[692px] px-4 py-11 sm:px-[72px]">
        <h1 className="text-2xl tracking-[-0.02em]">Connect your HAProxy</h1>
        <p className="mt-1.5 text-base leading-5 text-ink-2">
          Drainboard uses the runtime API of each load balancer. It never edits haproxy.cfg, and nothing changes until
          you set a state.
        </p>
        <ol>
          <Step number={1}>
            <Snippet title="Allow it in haproxy.cfg, section global" lines={ALLOW} />
            <p className="mt-2 flex gap-2 text-sm leading-[18px] text-ink-2">
              <span className="mt-0.5 text-maint">
                <Glyph name="warn" size={14} />
              </span>
              The TCP port has no password. Let only the Drainboard host reach it.
            </p>
          </Step>
          <Step number={2}>
            {isAdmin ? <AddHere /> : <Snippet title="Start Drainboard with its address" lines={START} />}
            <p className="mt-2 text-sm leading-[18px] text-ink-2">
              Name each load balancer as you call it. For the socket file, the user that runs Drainboard must be in its
              group.
            </p>
            {isAdmin && (
              <details className="mt-3">
                <summary className="text-sm text-ink-2">Or start Drainboard with its address</summary>
                <div className="mt-2">
                  <Snippet title="On the command line" lines={START} />
                </div>
              </details>
            )}
          </Step>
          <Step number={3}>
            <h2 className="text-[15px] leading-7">Open the board</h2>
            <p className="mt-1 text-base leading-5 text-ink-2">
              This page becomes the board as soon as there is a load balancer.
            </p>
          </Step>
        </ol>
      </main>
    </div>
  );
}

function AddHere() {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <h2 className="text-[15px] leading-7">Tell Drainboard its address</h2>
      <p className="mt-1 text-base leading-5 text-ink-2">
        It can be tested before it is added, and is kept in the{" "}
        <Link href="/settings/load-balancers" className="underline underline-offset-3">
          settings
        </Link>
        .
      </p>
      <button
        type="button"
        onClick={() => setOpen(true)}
        className="mt-3 h-10 rounded-sm bg-ink px-4 text-sm font-semibold text-surface"
      >
        Add load balancer…
      </button>
      {isOpen && <LoadBalancerDialog before={null} onClose={() => setOpen(false)} />}
    </>
  );
}

function Step({ number, children }: { number: number; children: ReactNode }) {
  return (
    <li className="mt-6 grid grid-cols-[30px_minmax(0,1fr)]">
      <span aria-hidden="true" className="text-[15px] leading-7 font-semibold text-ink-3">
        {number}
      </span>
      <div className="min-w-0">{children}</div>
    </li>
  );
}
