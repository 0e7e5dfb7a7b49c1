import type { ServerId } from "#lib/haproxy/names.ts";

/** The page of one server. */
export function serverPath(id: ServerId): string {
  return `/servers/${id.split("/").map(encodeURIComponent).join("/")}`;
}
