"use client";
import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { useLive } from "#components/live/hooks.ts";
import { sectionsOf } from "./sections.ts";

/** Leads to the first section that this person may open. */
export function SettingsHome() {
  const role = useLive((live) => live.me?.role);
  const router = useRouter();
  const first = role === undefined ? undefined : sectionsOf(role)[0]?.path;
  useEffect(() => {
    if (first !== undefined) router.replace(first);
  }, [first, router]);
  return <h1 className="sr-only">Settings</h1>;
}
