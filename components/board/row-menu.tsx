"use client";
import { useRouter } from "next/navigation";
import { memo } from "react";
import { Glyph } from "#components/glass/glyph.tsx";
import { useLive, useServerView } from "#components/live/hooks.ts";
import { ControlItems } from "#components/server-detail/control-items.tsx";
import { serverPath } from "#components/server-detail/server-path.ts";
import { useToast } from "#components/toast/toast.tsx";
import { Menu, MenuItem, MenuLabel, MenuLine } from "#components/ui/menu.tsx";
import { hostsOf } from "#lib/fleet/hosts.ts";
import { isReadOnly, readOnlyWhy } from "#lib/fleet/status-line.ts";
import { type AdminState, adminStates } from "#lib/haproxy/admin-state.ts";
import { type ServerId, splitServerId } from "#lib/haproxy/names.ts";
import { socatLine } from "#lib/haproxy/socat.ts";
import { curlSetState } from "#lib/wire/curl.ts";
import { inputFor, useAskChange } from "./change.tsx";
import { useAskRowControl } from "./row-controls.tsx";

const words: Record<AdminState, string> = { ready: "Ready", drain: "Drain", maint: "Maint" };

interface RowMenuProps {
  id: ServerId;
  blockedWhy: string | null;
  isReachable: boolean;
}

export const RowMenu = memo(function RowMenu({ id, blockedWhy, isReachable }: RowMenuProps) {
  return (
    <Menu
      className="icon-btn"
      name={`More for ${id}`}
      trigger={<Glyph name="dots" />}
      tabIndex={isReachable ? 0 : -1}
      items={() => (
        <>
          <RowOnlyItems id={id} blockedWhy={blockedWhy} />
          <RowMenuItems id={id} blockedWhy={blockedWhy} />
        </>
      )}
    />
  );
});

/** What the page of the server has elsewhere: where it leads, and weight, health and agent. */
function RowOnlyItems({ id, blockedWhy }: { id: ServerId; blockedWhy: string | null }) {
  const server = useServerView(id);
  const router = useRouter();
  const ask = useAskRowControl();
  if (server === undefined) return null;
  const [host] = hostsOf(server, null);
  return (
    <>
      <MenuItem onSelect={() => router.push(serverPath(id))}>Sessions and history</MenuItem>
      {host !== undefined && (
        <MenuItem onSelect={() => router.push(`/hosts?q=${encodeURIComponent(host)}`)}>{`Host ${host}`}</MenuItem>
      )}
      <MenuLine />
      {blockedWhy === null && <ControlItems view={server} onAsk={(spec) => ask({ id, spec })} />}
    </>
  );
}

/** One load balancer alone, and what can be copied. */
export function RowMenuItems({ id, blockedWhy }: { id: ServerId; blockedWhy: string | null }) {
  const server = useServerView(id);
  const loadBalancers = useLive((live) => live.fleet?.loadBalancers);
  const ask = useAskChange();
  const copy = useCopy();
  const names = splitServerId(id);
  if (server === undefined || names === null) return null;
  const next: AdminState = server.adminState === "ready" ? "drain" : "ready";
  return (
    <>
      <MenuLabel>On one load balancer</MenuLabel>
      {server.cells.flatMap((cell) => {
        const status = loadBalancers?.find((lb) => lb.name === cell.lb);
        const readOnly = status !== undefined && isReadOnly(status) ? readOnlyWhy(status) : undefined;
        return adminStates
          .filter((state) => state !== cell.adminState)
          .map((state) => (
            <MenuItem
              key={`${cell.lb} ${state}`}
              glyph={state}
              glyphClass={`c-${state}`}
              blockedWhy={blockedWhy ?? readOnly}
              onSelect={() => ask(inputFor(id, state, cell.adminState, cell.lb))}
            >
              {`${words[state]} on ${cell.lb} only`}
            </MenuItem>
          ));
      })}
      <MenuLine />
      <MenuItem onSelect={() => copy(id, "Server id")}>Copy server id</MenuItem>
      {server.address !== "" && (
        <MenuItem onSelect={() => copy(server.address, "Address")}>{`Copy address ${server.address}`}</MenuItem>
      )}
      <MenuItem
        onSelect={() => {
          const lines = server.cells.map((cell) => {
            const address = loadBalancers?.find((lb) => lb.name === cell.lb)?.view.head.address ?? cell.lb;
            return socatLine(address, { kind: "set-state", ...names, adminState: next });
          });
          copy(lines.join("\n"), "Command");
        }}
      >
        {`Copy "set ${next}" as socat command`}
      </MenuItem>
      <MenuItem onSelect={() => copy(curlSetState(window.location.origin, id, next), "Command")}>
        {`Copy "set ${next}" as curl command`}
      </MenuItem>
    </>
  );
}

function useCopy() {
  const showToast = useToast();
  return async (text: string, what: string) => {
    try {
      await navigator.clipboard.writeText(text);
      showToast({ text: `${what} copied.` });
    } catch {
      showToast({ text: `Not copied: the browser allows copying only over HTTPS or on localhost. ${text}` });
    }
  };
}
