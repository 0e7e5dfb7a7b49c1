"use client";
// Weight, health and agent as items of a menu, each with its effect in words. Choosing one only opens its question.
import { MenuItem, MenuLabel, MenuLine } from "#components/ui/menu.tsx";
import type { ServerView } from "#lib/fleet/merge.ts";
import { agentControls, type ControlName, type ControlSpec, controlOf, healthControls } from "./control-specs.ts";
import "./controls.css";

interface ControlItemsProps {
  view: ServerView;
  onAsk(spec: ControlSpec): void;
}

export function ControlItems({ view, onAsk }: ControlItemsProps) {
  const hasAgent = view.cells.some((cell) => cell.row.agentStatus !== "");
  return (
    <>
      <Item name="weight" onAsk={onAsk} />
      <MenuLine />
      <MenuLabel>Health check</MenuLabel>
      {healthControls.map((name) => (
        <Item key={name} name={name} onAsk={onAsk} />
      ))}
      {hasAgent && (
        <>
          <MenuLine />
          <MenuLabel>Agent check</MenuLabel>
          {agentControls.map((name) => (
            <Item key={name} name={name} onAsk={onAsk} />
          ))}
        </>
      )}
      <MenuLine />
    </>
  );
}

function Item({ name, onAsk }: { name: ControlName; onAsk(spec: ControlSpec): void }) {
  const spec = controlOf(name);
  return (
    <MenuItem onSelect={() => onAsk(spec)}>
      <span className="menu-effect">
        {`${spec.item}…`}
        <small>{spec.effect}</small>
      </span>
    </MenuItem>
  );
}
