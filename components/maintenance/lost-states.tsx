"use client";
// A reload took a state that a person had set. Nobody but a person can say whether it is still wanted.
import { useState } from "react";
import { Glyph } from "#components/glass/glyph.tsx";
import { useAnswerLost, useLive, useLostStates } from "#components/live/hooks.ts";
import { useToast } from "#components/toast/toast.tsx";
import type { ServerId } from "#lib/haproxy/names.ts";
import { clockTime, plural } from "#lib/util/format.ts";
import type { LostState } from "#lib/wire/events.ts";
import { RequestButton } from "./request-buttons.tsx";

/** @param server of this one only; left out: of all */
export function LostStates({ server }: { server?: ServerId }) {
  const lost = useLostStates().filter((one) => server === undefined || one.server === server);
  if (lost.length === 0) return null;
  return (
    <ul aria-label="States lost in a reload">
      {lost.map((one) => (
        <LostStateItem key={`${one.lb} ${one.server}`} lost={one} />
      ))}
    </ul>
  );
}

function LostStateItem({ lost }: { lost: LostState }) {
  const { lb, server, was, now, who, sessionsSince } = lost;
  const reloadedAtMs = useLive(
    (live) => live.fleet?.loadBalancers.find((one) => one.name === lb)?.view.head.reloadedAtMs ?? null,
  );
  const answerLost = useAnswerLost();
  const showToast = useToast();
  const [isSending, setIsSending] = useState(false);

  async function answer(what: "re-apply" | "keep") {
    if (isSending) return;
    setIsSending(true);
    const result = await answerLost(lost, what);
    setIsSending(false);
    if (!result.ok) showToast({ text: result.problem.detail });
    else
      showToast({
        text: what === "keep" ? `${server} stays ${now} on ${lb}.` : `${server} is set to ${was} again on ${lb}.`,
      });
  }

  return (
    <li className="attn">
      <h3>
        <Glyph name="warn" size={15} />
        {`${lb} was restarted or reloaded at ${clockTime(reloadedAtMs ?? lost.atMs)}`}
      </h3>
      <p>
        It came back with {server} <b>{now}</b>. Before, it was <b>{was}</b>
        {who === "" ? "" : `, set by ${who}`}, and it takes users now
        {sessionsSince === null ? "" : `: ${plural(sessionsSince, "session")} since`}.
      </p>
      <div className="strip-actions">
        <RequestButton servers={[server]} className="btn-sm btn-primary" onClick={() => void answer("re-apply")}>
          {`Set ${was} again on ${lb}`}
          <span className="sr-only">, {server}</span>
        </RequestButton>
        <RequestButton servers={[server]} className="btn-sm" onClick={() => void answer("keep")}>
          {`Keep ${now}`}
          <span className="sr-only">
            {" "}
            {server} on {lb}
          </span>
        </RequestButton>
      </div>
    </li>
  );
}
