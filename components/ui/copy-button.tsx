"use client";

import { useState } from "react";

const SAID_FOR_MS = 2_000;

/** Copies text. Without a clipboard API (plain http) the browser copies what it shows selected; else it stays selected. */
export function CopyButton({ text, selects, word = "Copy" }: { text: string; selects: string; word?: string }) {
  const [said, setSaid] = useState<string | null>(null);

  async function copy() {
    const isCopied = (await write(text)) || copySelected(selects);
    setSaid(isCopied ? "Copied" : "Selected");
    setTimeout(() => setSaid(null), SAID_FOR_MS);
  }

  return (
    <button
      type="button"
      onClick={copy}
      className="h-7 min-w-[68px] rounded-sm border border-line-strong bg-surface px-2.5 text-sm font-medium hover:border-ink"
    >
      <span aria-live="polite">{said ?? word}</span>
    </button>
  );
}

async function write(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Old, but the only way over plain http; false: it is selected, for the keyboard to copy. */
function copySelected(id: string): boolean {
  const element = document.getElementById(id);
  if (element === null) return false;
  window.getSelection()?.selectAllChildren(element);
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  }
}
