"use client";
// What is seldom wanted, behind one button: weight, health and agent with their effect, one load balancer alone, copies.
import { RowMenuItems } from "#components/board/row-menu.tsx";
import { Glyph } from "#components/glass/glyph.tsx";
import { Menu, MenuItem, MenuLabel, MenuLine } from "#components/ui/menu.tsx";
import type { ServerView } from "#lib/fleet/merge.ts";
import { agentControls, type ControlName, controlOf, healthControls } from "./control-specs.ts";
import { useAskControl } from "./controls.tsx";

export function ServerMenu({ view, blockedWhy }: { view: ServerView; blockedWhy: string | null }) {
  return (
    <Menu
      className="btn btn-more"
      name={`More for ${view.id}`}
      trigger={<Glyph name="dots" />}
      items={() => (
        <>
          {blockedWhy === null && <ControlItems view={view} />}
          <RowMenuItems id={view.id} blockedWhy={blockedWhy} />
        </>
      )}
    />
  );
}

function ControlItems({ view }: { view: ServerView }) {
  const hasAgent = view.cells.some((cell) => cell.row.agentStatus !== "");
  return (
    <>
      <Item name="weight" />
      <MenuLine />
      <MenuLabel>Health check</MenuLabel>
      {healthControls.map((name) => (
        <Item key={name} name={name} />
      ))}
      {hasAgent && (
        <>
          <MenuLine />
          <MenuLabel>Agent check</MenuLabel>
          {agentControls.map((name) => (
            <Item key={name} name={name} />
          ))}
        </>
      )}
      <MenuLine />
    </>
  );
}

function Item({ name }: { name: ControlName }) {
  const ask = useAskControl();
  const spec = controlOf(name);
  return (
    <MenuItem onSelect={() => ask(spec)}>
      <span className="menu-effect">
        {`${spec.item}…`}
        <small>{spec.effect}</small>
      </span>
    </MenuItem>
  );
}
