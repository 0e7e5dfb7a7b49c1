"use client";
// A field that filters the list below it: Enter and ArrowDown go on to the list, Escape empties it and then leaves it.
import type { Ref } from "react";
import { Glyph } from "#components/glass/glyph.tsx";

interface SearchFieldProps {
  name: string;
  text: string;
  onText(text: string): void;
  /** shows the key that leads here */
  hasShortcuts: boolean;
  ref: Ref<HTMLInputElement>;
  /** Enter or ArrowDown in the field: on to the rows */
  onLeave(): void;
}

export function SearchField({ name, text, onText, hasShortcuts, ref, onLeave }: SearchFieldProps) {
  return (
    <label className="search">
      <Glyph name="search" size={13} />
      <input
        ref={ref}
        type="search"
        value={text}
        placeholder={name}
        aria-label={name}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onText(event.target.value)}
        onKeyDown={(event) => {
          // Enter also ends a word that is still being composed
          if ((event.key === "Enter" || event.key === "ArrowDown") && !event.nativeEvent.isComposing) {
            event.preventDefault();
            onLeave();
          }
          if (event.key !== "Escape") return;
          onText("");
          if (text === "") event.currentTarget.blur();
          event.stopPropagation();
        }}
      />
      {hasShortcuts && text === "" && <kbd className="kbd">/</kbd>}
    </label>
  );
}
