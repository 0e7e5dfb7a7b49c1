// Every server is in exactly one category, so the counts of the filter chips add up to "All".
import { countsAsLive } from "./link.ts";
import type { FleetView, ServerView } from "./merge.ts";

export const categories = ["ready", "drain", "maint", "ramp", "down", "split"] as const;
export type Category = (typeof categories)[number];

/** Some load balancer that carries it answers. Otherwise only its last admin state is known, and said to be old. */
export function isKnown(server: ServerView): boolean {
  return server.cells.some((cell) => countsAsLive(cell.link));
}

/** Split and maint are decisions and win; a check that fails wins over drain and ready. */
export function categoryOf(server: ServerView): Category {
  if (server.adminState === "split" || server.adminState === "maint") return server.adminState;
  if (!isKnown(server)) return server.adminState;
  if (server.opState === "down" || server.opState === "going-up") return "down";
  if (server.adminState === "drain") return "drain";
  return server.isRamping ? "ramp" : "ready";
}

/** What a person should look at first: down, split, or in maint with people still inside. */
export function isProblem(server: ServerView): boolean {
  const category = categoryOf(server);
  return category === "down" || category === "split" || (category === "maint" && server.sessions > 0);
}

export type CategoryCounts = Readonly<Record<Category | "all", number>>;

export function countCategories(fleet: FleetView): CategoryCounts {
  const counts = { all: 0, ready: 0, drain: 0, maint: 0, ramp: 0, down: 0, split: 0 };
  for (const server of fleet.servers.values()) {
    counts.all++;
    counts[categoryOf(server)]++;
  }
  return counts;
}

export interface ServerFilter {
  /** words that must all occur in the id, the address or the cookie value; case does not matter */
  text: string;
  category: Category | "all";
}

export function matches(server: ServerView, filter: ServerFilter): boolean {
  if (filter.category !== "all" && categoryOf(server) !== filter.category) return false;
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const haystack = `${server.id} ${server.address} ${server.cookie}`.toLowerCase();
  return words.every((word) => haystack.includes(word));
}
