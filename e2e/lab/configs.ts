// Configurations that several suites share. A suite with a need of its own writes its own lines.
import type { LabContext } from "./haproxy.ts";
import type { Origin } from "./origins.ts";

/** The port name that `appConfig` listens on: put it in `ports` of the lab. */
export const APP_PORT = "app";

/** Fast, so that a test sees a result within half a second. */
export const FAST_CHECK = "check inter 200 fastinter 100 rise 1 fall 2";

/**
 * APP1 as operators know it: a persistence cookie, an HTTP check, one server an origin (SRV1, SRV2, ...), and API with a
 * backup server. `serverOptions` stand on every server's line.
 */
export function appConfig(context: LabContext, origins: readonly Origin[], serverOptions = FAST_CHECK): string {
  const servers = origins.map((origin, index) => `SRV${index + 1} ${origin.address}:${origin.port}`);
  return [
    "frontend www",
    `  bind 127.0.0.1:${context.port(APP_PORT)}`,
    "  use_backend API if { path_beg /api }",
    "  default_backend APP1",
    "backend APP1",
    "  balance roundrobin",
    "  cookie HAPROXY_SESSION insert indirect nocache",
    "  option httpchk GET /health",
    ...servers.map((server, index) => `  server ${server} cookie s${index + 1} ${serverOptions}`),
    "backend API",
    "  option httpchk GET /health",
    ...servers.map(
      (server, index) => `  server ${server} ${serverOptions}${index === servers.length - 1 ? " backup" : ""}`,
    ),
  ].join("\n");
}
