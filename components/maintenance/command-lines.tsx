"use client";
// What a click sends, as one would type it in a shell: shown on request, copied as a whole.
import { useId } from "react";
import { useLive } from "#components/live/hooks.ts";
import { CopyButton } from "#components/ui/copy-button.tsx";
import type { AdminState } from "#lib/haproxy/admin-state.ts";
import { type ServerId, splitServerId } from "#lib/haproxy/names.ts";
import { socatLine } from "#lib/haproxy/socat.ts";
import { showWhole } from "./show-whole.ts";

export interface AskedState {
  readonly server: ServerId;
  readonly adminState: AdminState;
  /** null: every load balancer that carries it */
  readonly loadBalancers: readonly string[] | null;
}

export function CommandLines({ asked }: { asked: readonly AskedState[] }) {
  const fleet = useLive((live) => live.fleet);
  const id = useId();
  const lines = asked.flatMap(({ server, adminState, loadBalancers }) => {
    const names = splitServerId(server);
    const cells = fleet?.servers.get(server)?.cells ?? [];
    if (names === null) return [];
    return cells
      .filter(({ lb }) => loadBalancers === null || loadBalancers.includes(lb))
      .map(({ lb }) => {
        const address = fleet?.loadBalancers.find(({ name }) => name === lb)?.view.head.address ?? lb;
        return socatLine(address, { kind: "set-state", ...names, adminState });
      });
  });
  if (lines.length === 0) return null;
  return (
    <details className="commands is-plain" onToggle={showWhole}>
      <summary>Show commands</summary>
      <div className="commands-body">
        <ol id={id}>
          {lines.map((line) => (
            <li key={line}>
              <code>{line}</code>
            </li>
          ))}
        </ol>
        <CopyButton text={lines.join("\n")} selects={id} word="Copy as commands" />
      </div>
    </details>
  );
}
