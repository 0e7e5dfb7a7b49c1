"use client";
// One field that finds servers, hosts, maintenances, pages and actions. The focus stays in the field; arrows move the
// marked line (ARIA: combobox with a listbox). Written on Radix' dialog: of cmdk only the arrow keys would be used, for
// thousands of servers are ranked and cut here, not in the document.
import { Dialog as Radix } from "radix-ui";
import { type KeyboardEvent, useId, useMemo, useRef, useState } from "react";
import { Glyph } from "#components/glass/glyph.tsx";
import { count } from "#lib/util/format.ts";
import { findItems, type PaletteAct, type PaletteItem } from "./palette-items.ts";
import "#components/ui/ui.css";
import "./keyboard.css";

interface PaletteProps {
  items: readonly PaletteItem[];
  onClose(): void;
  onChoose(act: PaletteAct): void;
}

export function Palette({ items, onClose, onChoose }: PaletteProps) {
  const [text, setText] = useState("");
  const [wanted, setWanted] = useState(0);
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [returnTo] = useState(() => document.activeElement);
  const chosen = useRef(false);
  const found = useMemo(() => findItems(items, text), [items, text]);
  const flat = found.flatMap((group) => group.items);
  const at = Math.min(wanted, flat.length - 1);
  const marked = flat[at];

  const choose = (item: PaletteItem) => {
    chosen.current = true;
    onClose();
    onChoose(item.act);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && flat.length > 0) {
      event.preventDefault();
      setWanted((at + step + flat.length) % flat.length);
    }
    if (event.key === "Enter" && marked !== undefined) {
      event.preventDefault();
      choose(marked);
    }
  };

  return (
    <Radix.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="dialog-shade" />
        <Radix.Content
          className="palette"
          aria-describedby={undefined}
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            field.current?.focus();
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            // What was chosen takes the focus to where it leads.
            if (!chosen.current && returnTo instanceof HTMLElement) returnTo.focus();
          }}
        >
          <Radix.Title className="sr-only">Find</Radix.Title>
          <label className="palette-field">
            <Glyph name="search" size={16} />
            <input
              ref={field}
              role="combobox"
              aria-label="Find a server, host, maintenance, page or action"
              aria-expanded
              aria-controls={`${id}-list`}
              aria-autocomplete="list"
              aria-activedescendant={marked === undefined ? undefined : `${id}-${at}`}
              placeholder="Server, host, maintenance, page or action"
              autoComplete="off"
              spellCheck={false}
              value={text}
              onChange={(event) => {
                setText(event.target.value);
                setWanted(0);
              }}
              onKeyDown={onKeyDown}
            />
            <kbd className="kbd">Esc</kbd>
          </label>
          <div className="palette-list" role="listbox" id={`${id}-list`} aria-label="Found">
            {found.map(({ group, items: own, more }) => (
              // biome-ignore lint/a11y/useSemanticElements: a group of options
              <div key={group} role="group" aria-label={group}>
                <div className="palette-group" aria-hidden="true">
                  {group}
                  {more > 0 && <span>{`${count(more)} more: type on`}</span>}
                </div>
                {own.map((item) => {
                  const index = flat.indexOf(item);
                  return (
                    // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus and names the marked one
                    // biome-ignore lint/a11y/useKeyWithClickEvents: Enter in the field
                    <div
                      key={item.key}
                      id={`${id}-${index}`}
                      role="option"
                      className="palette-item"
                      aria-selected={index === at}
                      ref={index === at ? intoView : undefined}
                      onPointerMove={() => setWanted(index)}
                      onClick={() => choose(item)}
                    >
                      <span>{item.title}</span>
                      <small>{item.hint}</small>
                    </div>
                  );
                })}
              </div>
            ))}
          </div>
          <p className="palette-none" role="status">
            {flat.length === 0 ? "Nothing has all of these words." : ""}
          </p>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function intoView(line: HTMLElement | null): void {
  line?.scrollIntoView({ block: "nearest" });
}
