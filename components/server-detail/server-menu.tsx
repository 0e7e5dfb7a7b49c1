"use client";
// What is seldom wanted, behind one button: weight, health and agent with their effect, one load balancer alone, copies.
import { RowMenuItems } from "#components/board/row-menu.tsx";
import { Glyph } from "#components/glass/glyph.tsx";
import { Menu } from "#components/ui/menu.tsx";
import type { ServerView } from "#lib/fleet/merge.ts";
import { ControlItems } from "./control-items.tsx";
import { useAskControl } from "./controls.tsx";

export function ServerMenu({ view, blockedWhy }: { view: ServerView; blockedWhy: string | null }) {
  const ask = useAskControl();
  return (
    <Menu
      className="btn btn-more"
      name={`More for ${view.id}`}
      trigger={<Glyph name="dots" />}
      items={() => (
        <>
          {blockedWhy === null && <ControlItems view={view} onAsk={ask} />}
          <RowMenuItems id={view.id} blockedWhy={blockedWhy} />
        </>
      )}
    />
  );
}
