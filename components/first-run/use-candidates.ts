"use client";
// The load balancers that are tried before the first one is added. They live in this page alone: nothing is stored before
// the board is opened with them.
import { useState } from "react";
import { ask, sentenceOf } from "#components/settings/api.ts";
import { useChange } from "#components/settings/use-change.ts";
import { useToast } from "#components/toast/toast.tsx";
import { listOf } from "#lib/util/format.ts";
import type { AddressTest } from "#lib/wire/settings.ts";
import { type Candidate, withoutTwin } from "./twin.ts";

export function useCandidates() {
  const [all, setAll] = useState<readonly Candidate[]>([]);
  const testing = useChange();
  const opening = useChange();
  const showToast = useToast();
  const ready = all.filter(({ test }) => test.ok);

  /** Tried again, it keeps its place; the newest stands first. */
  async function tryOut(name: string, address: string): Promise<void> {
    const asked = await testing.run(() => ask<AddressTest>("POST", "/settings/load-balancers/test", { address }));
    if (asked === null) return;
    const tried = { name, address, test: asked.value, testedAtMs: Date.now() };
    setAll((before) => {
      const candidate = withoutTwin(tried, before);
      return before.some((one) => one.name === name)
        ? before.map((one) => (one.name === name ? candidate : one))
        : [candidate, ...before];
    });
  }

  /** In the order they were tried. With the first of them this page becomes the board, so what fails later is a toast. */
  async function open(): Promise<void> {
    await opening.run(async () => {
      const failed: string[] = [];
      for (const { name, address } of ready.toReversed()) {
        try {
          await ask("POST", "/settings/load-balancers", { name, address });
        } catch (error) {
          failed.push(`${name} is not added: ${sentenceOf(error)}`);
        }
      }
      if (failed.length === ready.length) throw new Error(failed.join(" "));
      const added = ready.length - failed.length;
      showToast({
        text: failed.length > 0 ? failed.join(" ") : `${listOf(names(ready))} ${added === 1 ? "is" : "are"} added.`,
      });
    });
  }

  return {
    all,
    readyNames: names(ready),
    tryOut,
    open,
    remove: (name: string) => setAll((before) => before.filter((one) => one.name !== name)),
    testing,
    opening,
    freeName: freeName(all),
  };
}

function names(all: readonly Candidate[]): string[] {
  return all.map(({ name }) => name).toReversed();
}

function freeName(all: readonly Candidate[]): string {
  for (let at = 1; ; at++) if (!all.some(({ name }) => name === `lb${at}`)) return `lb${at}`;
}
