// How the settings say who, when and how much.
import type { Role } from "#lib/auth/permissions.ts";
import { clockMinute, span } from "#lib/util/format.ts";

export const roleWords: Record<Role, string> = {
  viewer: "Sees everything, changes nothing.",
  operator: "Sets states, runs maintenances, ends sessions.",
  admin: "All that, and people, tokens and these settings.",
};

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;
const JUST_NOW_MS = 120_000;

/** `24 Dec 2026, 14:06` in the reader's time zone. */
export function dateMinute(ms: number): string {
  return `${day(ms)}, ${clockMinute(ms)}`;
}

/** `24 Dec 2026` */
export function day(ms: number): string {
  const at = new Date(ms);
  return `${at.getDate()} ${MONTHS[at.getMonth()] ?? ""} ${at.getFullYear()}`;
}

/** These times are kept to the minute: `just now`, `12 min ago`, `never`. */
export function ago(ms: number | null, nowMs: number): string {
  if (ms === null) return "never";
  return nowMs - ms < JUST_NOW_MS ? "just now" : `${span(nowMs - ms)} ago`;
}

/** Names and patterns as typed, separated by commas or spaces; null: all backends. */
export function backendsFrom(text: string): string[] | null {
  const names = text.split(/[\s,]+/).filter((name) => name !== "");
  return names.length === 0 ? null : names;
}

export function limitWords(role: Role, backends: readonly string[] | null): string {
  if (role !== "operator") return "";
  return backends === null ? "all backends" : backends.join(", ");
}

const browsers = [
  [/\bEdg\//, "Edge"],
  [/\bFirefox\//, "Firefox"],
  [/Chrom(?:e|ium)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
] as const;
const systems = [
  [/\b(?:iPhone|iPad)\b/, "iOS"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "macOS"],
  [/\bLinux\b/, "Linux"],
] as const;

/** `Firefox on Linux`; what it says of itself where that is neither. */
export function browserWords(userAgent: string): string {
  const browser = browsers.find(([pattern]) => pattern.test(userAgent))?.[1];
  const system = systems.find(([pattern]) => pattern.test(userAgent))?.[1];
  if (browser === undefined) return userAgent === "" ? "A browser" : userAgent.slice(0, 60);
  return system === undefined ? browser : `${browser} on ${system}`;
}
