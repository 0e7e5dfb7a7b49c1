"use client";
// One change of the settings at a time: its refusal is shown where it was asked, and what depends on it is read again.
import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sentenceOf } from "./api.ts";

export interface Change {
  readonly isBusy: boolean;
  /** why the last one was refused */
  readonly refusal: string | null;
  /** Runs it unless one is under way. Resolves with its value, or null when it was refused. */
  run<T>(work: () => Promise<T>): Promise<{ value: T } | null>;
  refuse(sentence: string | null): void;
}

export function useChange(...keys: QueryKey[]): Change {
  const queryClient = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  return {
    isBusy,
    refusal,
    refuse: setRefusal,
    async run(work) {
      if (isBusy) return null;
      setBusy(true);
      setRefusal(null);
      try {
        return { value: await work() };
      } catch (error) {
        setRefusal(sentenceOf(error));
        return null;
      } finally {
        setBusy(false);
        // also after a refusal: somebody else may have changed it
        for (const queryKey of keys) void queryClient.invalidateQueries({ queryKey });
      }
    },
  };
}
