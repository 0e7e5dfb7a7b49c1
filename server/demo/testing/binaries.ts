import { findHaproxy } from "../haproxy.ts";

/** `npm test` names what it found in DRAINBOARD_HAPROXY_BINS ("2.2=/path 3.2=/path"); by hand it is the system's alone. */
export function testBinaries(): string[] {
  const named = (process.env.DRAINBOARD_HAPROXY_BINS ?? "").split(/\s+/).filter((pair) => pair !== "");
  return named.length === 0 ? [findHaproxy(process.env)] : named.map((pair) => pair.slice(pair.indexOf("=") + 1));
}
