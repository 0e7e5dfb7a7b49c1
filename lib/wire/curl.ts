// A change as one would send it over REST from a shell, for people who want to script what a click does.
import type { AdminState } from "#lib/haproxy/admin-state.ts";
import { type ServerId, splitServerId } from "#lib/haproxy/names.ts";

/** @param origin of the app, such as `https://lb.example.net`. The token comes from the environment: it is never in the line. */
export function curlSetState(origin: string, server: ServerId, adminState: AdminState): string {
  const { backend, server: name } = splitServerId(server) ?? { backend: "", server: "" };
  const url = `${origin}/api/v1/servers/${encodeURIComponent(backend)}/${encodeURIComponent(name)}/admin-state`;
  return [
    'curl -X PUT -H "Authorization: Bearer $DRAINBOARD_TOKEN" -H "Content-Type: application/json"',
    `-d '{"adminState":"${adminState}"}' '${url}'`,
  ].join(" ");
}
