// Some of everything that the drawings show: four backends with cookie, backup, slowstart, checks and TCP, on one origin each.
import { APP_PORT, FAST_CHECK } from "./configs.ts";
import type { LabContext } from "./haproxy.ts";
import type { Origin } from "./origins.ts";

const COOKIE = "  cookie HAPROXY_SESSION insert indirect nocache";
const CHECK = "  option httpchk GET /health";

/** APP1 (SRV1 to SRV4), PHP_APP (web01 to web04, sorry01 as backup), API (api01 to api04, api02 is down), WS (ws01 to ws03). */
export function drawnConfig(context: LabContext, origins: readonly Origin[]): string {
  const at = (index: number) => {
    const origin = origins[index % origins.length];
    return `${origin?.address}:${origin?.port}`;
  };
  const servers = (prefix: string, count: number, options: string) =>
    Array.from({ length: count }, (_, index) => `  server ${prefix}${index + 1} ${at(index)} ${options}`);
  const withCookie = servers("SRV", 4, FAST_CHECK).map((line, index) => `${line} cookie s${index + 1}`);
  return [
    "frontend www",
    `  bind 127.0.0.1:${context.port(APP_PORT)}`,
    "  use_backend API if { path_beg /api }",
    "  use_backend PHP_APP if { path_beg /php }",
    "  default_backend APP1",
    ...["backend APP1", "  balance leastconn", COOKIE, CHECK, ...withCookie],
    ...["backend PHP_APP", CHECK, ...servers("web0", 4, `${FAST_CHECK} slowstart 60s`)],
    `  server sorry01 ${at(0)} ${FAST_CHECK} backup`,
    ...["backend API", "  balance leastconn", CHECK, `  server api01 ${at(0)} ${FAST_CHECK}`],
    `  server api02 127.0.0.1:9 check inter 200 fall 1`,
    `  server api03 ${at(1)} ${FAST_CHECK}`,
    `  server api04 ${at(2)} ${FAST_CHECK}`,
    ...["backend WS", "  balance source", ...servers("ws0", 3, FAST_CHECK)],
  ].join("\n");
}
