// The situation that the demo plays, as data: which backends there are, how their servers behave, who uses them.
// haproxy-config.ts, origins.ts and users.ts all read it, so that they cannot disagree.

/** How a backend's servers answer and what kind of user comes to them. */
export type BackendKind = "sessions" | "api" | "websocket" | "tcp";

export interface ServerPlan {
  readonly name: string;
  /** keywords after `check` on the server line */
  readonly options: string;
}

export interface BackendPlan {
  readonly name: string;
  readonly kind: BackendKind;
  /** what the frontend routes here; empty for tcp, which has a port of its own */
  readonly path: string;
  /** the cookie that carries the origin's own session; empty when it keeps none */
  readonly sessionCookie: string;
  /** whether the same user may come through either load balancer without losing the way to the server */
  readonly canAlternate: boolean;
  /** its part of all users */
  readonly share: number;
  /** lines of the backend section, without the server lines */
  readonly lines: readonly string[];
  readonly servers: readonly ServerPlan[];
}

export const loadBalancerNames = ["lb1", "lb2"] as const;
export type LoadBalancerName = (typeof loadBalancerNames)[number];

/** Enough for dozens of sessions on each server, few enough for a laptop's battery. */
export const DEFAULT_USERS = 1200;

const CHECK = "default-server weight 100 inter 2s fall 3 rise 2";

export const backends: readonly BackendPlan[] = [
  {
    name: "APP1",
    kind: "sessions",
    path: "/app1/",
    sessionCookie: "APPSESSID",
    canAlternate: true,
    share: 0.3,
    lines: [
      "balance roundrobin",
      "cookie HAPROXY_SESSION insert indirect nocache",
      "option httpchk GET /health",
      CHECK,
    ],
    servers: ["SRV1", "SRV2", "SRV3", "SRV4"].map((name) => ({ name, options: `cookie ${name}` })),
  },
  {
    name: "PHP_APP",
    kind: "sessions",
    path: "/php/",
    sessionCookie: "PHPSESSID",
    canAlternate: true,
    share: 0.25,
    lines: [
      "balance leastconn",
      "cookie PHP_SERVER insert indirect nocache",
      "option httpchk GET /health",
      `${CHECK} fastinter 500ms slowstart 30s observe layer7 error-limit 10 on-error fastinter`,
    ],
    // A server takes at most this many requests at once, as php-fpm's pm.max_children does. The last one is a smaller
    // machine: its cookie users queue now and then, more so while another server drains.
    servers: [
      { name: "web01", options: "cookie web01 maxconn 40" },
      { name: "web02", options: "cookie web02 maxconn 40" },
      { name: "web03", options: "cookie web03 maxconn 40" },
      { name: "web04", options: "cookie web04 weight 60 maxconn 11" },
    ],
  },
  {
    name: "API",
    kind: "api",
    path: "/api/",
    sessionCookie: "",
    canAlternate: true,
    share: 0.04,
    lines: ["balance leastconn", "option httpchk GET /health", CHECK],
    servers: [
      { name: "api01", options: "" },
      { name: "api02", options: "" },
      { name: "api03", options: "maxconn 6" },
      { name: "sorry01", options: "backup" },
    ],
  },
  {
    name: "WS",
    kind: "websocket",
    path: "/ws/",
    sessionCookie: "",
    canAlternate: true,
    share: 0.27,
    lines: ["balance leastconn", "option httpchk GET /health", "timeout tunnel 1h", CHECK],
    servers: ["ws01", "ws02", "ws03"].map((name) => ({ name, options: "" })),
  },
  {
    name: "AUTH",
    kind: "tcp",
    path: "",
    sessionCookie: "",
    canAlternate: true,
    share: 0.05,
    lines: ["mode tcp", "balance roundrobin", "timeout server 10m", CHECK],
    servers: ["auth01", "auth02"].map((name) => ({ name, options: "" })),
  },
  {
    name: "CART",
    kind: "sessions",
    path: "/cart/",
    sessionCookie: "CARTSESSION",
    // The peers carry the table across, but not within the blink between two requests.
    canAlternate: false,
    share: 0.09,
    lines: [
      "balance roundrobin",
      "option httpchk GET /health",
      "stick-table type string len 48 size 20k expire 30m peers demo",
      "stick on req.cook(CARTSESSION)",
      "stick store-response res.cook(CARTSESSION)",
      CHECK,
    ],
    servers: ["cart01", "cart02"].map((name) => ({ name, options: "" })),
  },
];

/** With `--trouble` this server's check fails now and then. It keeps no sessions, so nobody loses one by it. */
export const troubledServer = "API/api02";

export function originKey(backend: string, server: string): string {
  return `${backend}/${server}`;
}

/** Whole people for each backend, at least two each, so that a small demo still shows every kind. */
export function usersOf(plan: BackendPlan, total: number): number {
  return Math.max(2, Math.round(plan.share * total));
}
