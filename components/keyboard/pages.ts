// Where the palette and the `g` keys lead.
import { sectionsOf } from "#components/settings/sections.ts";
import type { Role } from "#lib/auth/permissions.ts";
import type { PaletteItem } from "./palette-items.ts";

interface Page {
  readonly path: string;
  readonly title: string;
  /** after `g`; null: none */
  readonly key: string | null;
}

export const pages: readonly Page[] = [
  { path: "/", title: "Board", key: "b" },
  { path: "/hosts", title: "Hosts", key: "h" },
  { path: "/events", title: "Events", key: "e" },
  { path: "/settings", title: "Settings", key: "s" },
];

export function pageItems(role: Role | null): PaletteItem[] {
  const own = role === null ? [] : sectionsOf(role);
  const all = [
    ...pages.map(({ path, title, key }) => ({ path, title, hint: key === null ? "" : `g ${key}` })),
    ...own.map(({ path, title }) => ({ path, title: `Settings: ${title}`, hint: "" })),
  ];
  return all.map(
    ({ path, title, hint }): PaletteItem => ({
      ...{ key: `page ${path}`, group: "Pages", title, hint, also: "go to page open" },
      act: { kind: "go", path },
      isMany: path.startsWith("/settings/"),
    }),
  );
}
