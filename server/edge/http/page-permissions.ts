// Which page needs which permission: the one table. A page that is not in it does not open (a test reads the tree of app/).
import type { Permission } from "#lib/auth/permissions.ts";

/** `:name` stands for one part of the path. `public`: without signing in. */
export const pagePermissions: Readonly<Record<string, Permission | "public">> = {
  "/": "fleet:read",
  "/wall": "fleet:read",
  "/hosts": "fleet:read",
  "/servers/:backend/:server": "sessions:read",
  "/maintenances": "maintenance:read",
  "/maintenances/:id": "maintenance:read",
  "/events": "audit:read",
  "/settings": "account:write",
  "/settings/account": "account:write",
  "/settings/people": "people:write",
  "/settings/tokens": "tokens:write",
  "/settings/wall-links": "tokens:write",
  "/settings/load-balancers": "settings:read",
  "/settings/backends": "settings:read",
  // drawn in place of another page; opened by its own address it says nothing about anybody
  "/not-allowed": "fleet:read",
  "/sign-in": "public",
  "/setup": "public",
  "/reset": "public",
};

/** Files that pages need and that carry no data of the fleet. */
const publicFiles = new Set(["/favicon.ico", "/icon.svg", "/robots.txt"]);
const publicFolders = ["/_next/static/"];

/** For an address that is no page: Next answers that there is none, to those who may see anything at all. */
const NOWHERE: Permission = "fleet:read";

/** `segments` are decoded, as Next decodes them: `/%65vents` is `/events`. */
export function pagePermissionOf(path: string, segments: readonly string[], isDev: boolean): Permission | "public" {
  const folders = isDev ? [...publicFolders, "/_next/", "/__nextjs"] : publicFolders;
  if (publicFiles.has(path) || folders.some((folder) => path.startsWith(folder))) return "public";
  // Next leads `/events/` to `/events`; what it needs is the same.
  const asked = segments.length > 1 && segments.at(-1) === "" ? segments.slice(0, -1) : segments;
  for (const [pattern, permission] of Object.entries(pagePermissions)) {
    const parts = pattern.slice(1).split("/");
    if (parts.length === asked.length && parts.every((part, at) => part.startsWith(":") || part === asked[at]))
      return permission;
  }
  return NOWHERE;
}
