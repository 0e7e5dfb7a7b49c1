"use client";
// What the board shows while the app knows no load balancer: allow it, name and try each, open the board.
import type { ReactNode } from "react";
import { listOf, plural } from "#lib/util/format.ts";
import { Glyph } from "../glass/glyph.tsx";
import { useLive } from "../live/hooks.ts";
import { TopBar } from "../shell/top-bar.tsx";
import { CandidateCard } from "./candidate-card.tsx";
import { ForAllCard } from "./for-all-card.tsx";
import { NameIt } from "./name-it.tsx";
import { Snippet } from "./snippet.tsx";
import { useCandidates } from "./use-candidates.ts";
import "#components/ui/ui.css";
import "#components/board/board.css";
import "#components/maintenance/maintenance.css";
import "./first-run.css";

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

export function FirstRun() {
  const isAdmin = useLive((live) => live.me?.role === "admin");
  return (
    <div className="first-page">
      <TopBar />
      {isAdmin ? <Connect /> : <ForOthers />}
    </div>
  );
}

function Connect() {
  const candidates = useCandidates();
  const { all, readyNames, opening } = candidates;
  return (
    <main className="first-main">
      <div className="first-steps">
        <Intro />
        <ol>
          <Step number={1}>
            <Allow />
          </Step>
          <Step number={2}>
            <NameIt candidates={candidates} />
          </Step>
          <Step number={3}>
            <h2 className="first-title">Open the board</h2>
            <p className="first-note">
              {all.length === 0
                ? "Test a load balancer first. It is added, and this page becomes the board, when you say so."
                : `${readyNames.length} of ${plural(all.length, "load balancer")} ${readyNames.length === 1 ? "is" : "are"} ready. You can add more later.`}
            </p>
            {readyNames.length > 0 && (
              <button
                type="button"
                className="btn btn-lg first-open"
                aria-disabled={opening.isBusy}
                onClick={() => void candidates.open()}
              >
                {`Open the board with ${listOf(readyNames)}`}
              </button>
            )}
            <p role="alert" className="field-problem">
              {opening.refusal}
            </p>
          </Step>
        </ol>
      </div>
      <section className="first-results" aria-label="What was found" aria-live="polite">
        {all.length === 0 && (
          <p className="first-none">What answers at a socket is told here, with what to do about it.</p>
        )}
        {all.map((candidate) => (
          <CandidateCard
            key={candidate.name}
            candidate={candidate}
            onRemove={() => candidates.remove(candidate.name)}
          />
        ))}
        {readyNames.length > 0 && <ForAllCard />}
      </section>
    </main>
  );
}

function ForOthers() {
  return (
    <main className="first-steps">
      <Intro />
      <ol>
        <Step number={1}>
          <Allow />
        </Step>
        <Step number={2}>
          <Snippet title="Start Drainboard with its address" lines={START} />
          <p className="first-note">
            Name each load balancer as you call it. For the socket file, the user that runs Drainboard must be in its
            group. An admin can add it here without a restart.
          </p>
        </Step>
        <Step number={3}>
          <h2 className="first-title">Open the board</h2>
          <p className="first-note">This page becomes the board as soon as there is a load balancer.</p>
        </Step>
      </ol>
    </main>
  );
}

function Intro() {
  return (
    <>
      <h1>Connect your HAProxy</h1>
      <p className="first-lead">
        Drainboard uses the runtime API of each load balancer. It never edits haproxy.cfg, and nothing changes until you
        set a state.
      </p>
    </>
  );
}

function Allow() {
  return (
    <>
      <Snippet title="Allow it in haproxy.cfg, section global" lines={ALLOW} />
      <p className="first-warn">
        <Glyph name="warn" size={14} className="c-maint" />
        The TCP port has no password. Let only the Drainboard host reach it.
      </p>
    </>
  );
}

function Step({ number, children }: { number: number; children: ReactNode }) {
  return (
    <li className="first-step">
      <span aria-hidden="true">{number}</span>
      <div>{children}</div>
    </li>
  );
}
