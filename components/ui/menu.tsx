"use client";
// One dropdown menu for the whole app. It is mounted when it is first opened: thousands of rows have a menu nobody opens.
import { DropdownMenu as Radix } from "radix-ui";
import { type ReactNode, useState } from "react";
import { Glyph, type GlyphName } from "#components/glass/glyph.tsx";
import "./ui.css";

interface MenuProps {
  /** accessible name of the button and the menu */
  name: string;
  className: string;
  trigger: ReactNode;
  tabIndex?: number;
  align?: "start" | "end";
  title?: string;
  /** called only while the menu is open */
  items(): ReactNode;
}

export function Menu({ name, className, trigger, tabIndex, align = "end", title, items }: MenuProps) {
  const [wasOpened, setWasOpened] = useState(false);
  const button = { className, tabIndex, title, "aria-label": name } as const;
  if (!wasOpened) {
    return (
      <button type="button" {...button} aria-haspopup="menu" aria-expanded={false} onClick={() => setWasOpened(true)}>
        {trigger}
      </button>
    );
  }
  return (
    <Radix.Root defaultOpen modal={false}>
      <Radix.Trigger {...button}>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className="menu" align={align} sideOffset={4} collisionPadding={8} aria-label={name}>
          {items()}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface MenuItemProps {
  glyph?: GlyphName;
  glyphClass?: string;
  /** why it cannot be chosen; undefined: it can */
  blockedWhy?: string;
  onSelect(): void;
  children: ReactNode;
}

export function MenuItem({ glyph, glyphClass = "", blockedWhy, onSelect, children }: MenuItemProps) {
  return (
    <Radix.Item className="menu-item" disabled={blockedWhy !== undefined} title={blockedWhy} onSelect={onSelect}>
      <span className={`menu-glyph ${glyphClass}`}>{glyph !== undefined && <Glyph name={glyph} size={12} />}</span>
      {children}
    </Radix.Item>
  );
}

interface MenuChoiceProps {
  isOn: boolean;
  /** why it cannot be chosen; undefined: it can */
  blockedWhy?: string | undefined;
  onSelect(): void;
  children: ReactNode;
}

export function MenuChoice({ isOn, blockedWhy, onSelect, children }: MenuChoiceProps) {
  return (
    <Radix.CheckboxItem
      className="menu-item"
      checked={isOn}
      disabled={blockedWhy !== undefined}
      title={blockedWhy}
      onSelect={onSelect}
    >
      <span className="menu-glyph">{isOn && <Glyph name="check" size={12} />}</span>
      {children}
    </Radix.CheckboxItem>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Radix.Label className="menu-label">{children}</Radix.Label>;
}

export function MenuLine() {
  return <Radix.Separator className="menu-line" />;
}
