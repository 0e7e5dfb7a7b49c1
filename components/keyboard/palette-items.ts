// What the palette finds, and in which order. Pure.
import { hostsOf } from "#lib/fleet/hosts.ts";
import type { ServerView } from "#lib/fleet/merge.ts";
import type { ServerId } from "#lib/haproxy/names.ts";
import type { MaintenanceSummary } from "#lib/maintenance/summary.ts";
import { listOf, plural } from "#lib/util/format.ts";

export const paletteGroups = ["Maintenances", "Servers", "Hosts", "Actions", "Pages"] as const;
export type PaletteGroup = (typeof paletteGroups)[number];

export type PaletteAct =
  | { readonly kind: "go"; readonly path: string }
  | { readonly kind: "maintain"; readonly servers: readonly ServerId[] }
  | { readonly kind: "theme" | "help" | "notify" | "sign-out" };

export interface PaletteItem {
  readonly key: string;
  readonly group: PaletteGroup;
  readonly title: string;
  /** beside the title, quieter */
  readonly hint: string;
  /** more words it is found by */
  readonly also: string;
  readonly act: PaletteAct;
  /** shown only once something was typed: there are as many as servers */
  readonly isMany: boolean;
}

const SHOWN_PER_GROUP = 8;

export interface Found {
  readonly group: PaletteGroup;
  readonly items: readonly PaletteItem[];
  /** how many more matched */
  readonly more: number;
}

/** Every word must occur; what begins with the first word comes first, then the order that was given. */
export function findItems(items: readonly PaletteItem[], text: string): readonly Found[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const matching = words.length === 0 ? items.filter((item) => !item.isMany) : items.filter((item) => has(item, words));
  const first = words[0] ?? "";
  return paletteGroups.flatMap((group) => {
    const all = matching.filter((item) => item.group === group).sort((a, b) => rank(a, first) - rank(b, first));
    if (all.length === 0) return [];
    return [{ group, items: all.slice(0, SHOWN_PER_GROUP), more: Math.max(0, all.length - SHOWN_PER_GROUP) }];
  });
}

function has(item: PaletteItem, words: readonly string[]): boolean {
  const haystack = `${item.title} ${item.hint} ${item.also}`.toLowerCase();
  return words.every((word) => haystack.includes(word));
}

/** A server is called by its own name as often as by `BACKEND/SERVER`. */
function rank({ title }: PaletteItem, first: string): number {
  const lower = title.toLowerCase();
  if (lower.startsWith(first)) return 0;
  return lower.split(/[/\s]/).some((part) => part.startsWith(first)) ? 1 : 2;
}

export function serverItems(
  servers: Iterable<ServerView>,
  pathOf: (id: ServerId) => string,
  mayMaintain: (server: ServerView) => boolean,
): PaletteItem[] {
  return [...servers].flatMap((server): PaletteItem[] => {
    const shared = { also: `${server.address} ${server.cookie}`, isMany: true };
    const open: PaletteItem = {
      ...{ ...shared, key: `server ${server.id}`, group: "Servers", title: server.id, hint: server.address },
      act: { kind: "go", path: pathOf(server.id) },
    };
    if (!mayMaintain(server)) return [open];
    const maintain: PaletteItem = {
      ...{ ...shared, key: `maintain ${server.id}`, group: "Actions", title: `Maintain ${server.id}…`, hint: "" },
      act: { kind: "maintain", servers: [server.id] },
    };
    return [open, maintain];
  });
}

/** Machines, by the address that several servers share or one has alone. */
export function hostItems(servers: Iterable<ServerView>, mayMaintain: (server: ServerView) => boolean): PaletteItem[] {
  const byHost = new Map<string, ServerView[]>();
  for (const server of servers) {
    for (const host of hostsOf(server, null)) byHost.set(host, [...(byHost.get(host) ?? []), server]);
  }
  return [...byHost].flatMap(([host, own]): PaletteItem[] => {
    const able = own.filter(mayMaintain);
    if (able.length === 0) return [];
    return [
      {
        ...{ key: `host ${host}`, group: "Hosts", title: host, isMany: true },
        hint: `${plural(own.length, "server")}: ${listOf(own.slice(0, 3).map(({ id }) => id))}${own.length > 3 ? ` and ${own.length - 3} more` : ""}`,
        also: "host machine",
        act: { kind: "maintain", servers: able.map(({ id }) => id) },
      },
    ];
  });
}

/** Open ones first, in the order that was given. */
export function maintenanceItems(
  all: readonly MaintenanceSummary[],
  pathOf: (id: string) => string,
  hintOf: (maintenance: MaintenanceSummary) => string,
): PaletteItem[] {
  return all.map((one): PaletteItem => {
    const names = one.servers.map(({ server }) => server);
    const title = names.length > 3 ? `${names.slice(0, 2).join(", ")} and ${names.length - 2} more` : names.join(", ");
    return {
      ...{ key: `maintenance ${one.id}`, group: "Maintenances", title, hint: hintOf(one) },
      also: `maintenance ${one.id} ${one.reason} ${one.startedBy} ${names.join(" ")}`,
      act: { kind: "go", path: pathOf(one.id) },
      isMany: one.closedAt !== null,
    };
  });
}
