"use client";
import { useSyncExternalStore } from "react";

/** Widths of design ui.md section 4. */
export type Layout = "phone" | "narrow" | "wide";

const PHONE = "(max-width: 899.98px)";
const NARROW = "(max-width: 1439.98px)";

export function useLayout(): Layout {
  return useSyncExternalStore(subscribe, read, () => "wide");
}

function subscribe(listener: () => void): () => void {
  const queries = [PHONE, NARROW].map((query) => window.matchMedia(query));
  for (const query of queries) query.addEventListener("change", listener);
  return () => {
    for (const query of queries) query.removeEventListener("change", listener);
  };
}

function read(): Layout {
  if (window.matchMedia(PHONE).matches) return "phone";
  return window.matchMedia(NARROW).matches ? "narrow" : "wide";
}
