// Who may do what, written down once more and apart from the code that decides it. A route, socket command or page without
// a line here fails the test: add one, with what a request of it looks like.
import type { SocketCommand } from "#lib/wire/events.ts";

/** What somebody is, whatever the way in. `gone`: nobody (any more). */
export type Standing = "viewer" | "operator" | "operator of team-a-*" | "operator of APP1" | "admin" | "wall" | "gone";

const operators = ["operator", "operator of team-a-*", "operator of APP1", "admin"] as const;

/** Named by what it takes; who has it. */
export const needs = {
  fleet: ["viewer", ...operators, "wall"],
  viewer: ["viewer", ...operators],
  operator: operators,
  "operator of APP1": ["operator", "operator of APP1", "admin"],
  "operator of all": ["operator", "admin"],
  admin: ["admin"],
  /** any role, but a person who signed in */
  person: ["viewer", ...operators],
} as const satisfies Record<string, readonly Standing[]>;
export type Need = keyof typeof needs;

export interface Line {
  need: Need | "public";
  path?: string;
  body?: unknown;
  /** the higher, the later: 1 adds what others would meet, 2 ends logins */
  turn?: 1 | 2;
}

export interface Names {
  /** an open maintenance of APP1/SRV2 */
  maintenanceId: string;
}

/** a socket that is not there */
const NOWHERE = "/nowhere/admin.sock";
const SRV1 = "/api/v1/servers/APP1/SRV1";
const PROBE_SETTING = "/api/v1/settings/backends/APP1/probe";

export function expectedRoutes({ maintenanceId }: Names): Record<string, Line | Line[]> {
  const job = `/api/v1/maintenances/${maintenanceId}`;
  return {
    "GET /healthz": { need: "public" },
    "GET /readyz": { need: "public" },
    "POST /auth/sign-in": { need: "public", body: {} },
    "POST /auth/sign-out": { need: "public" },
    "POST /auth/setup": { need: "public", body: {} },
    "POST /auth/reset/check": { need: "public", body: {} },
    "POST /auth/reset": { need: "public", body: {} },
    "GET /auth/state": { need: "public" },

    "GET /api/v1/account": { need: "person" },
    "PUT /api/v1/account/password": { need: "person", body: { oldPassword: "x", newPassword: "short" } },
    "GET /api/v1/account/logins": { need: "person" },
    "DELETE /api/v1/account/logins/:id": { need: "person", path: "/api/v1/account/logins/0" },
    "POST /api/v1/account/sign-out-everywhere": { need: "person", turn: 2 },

    "GET /api/v1/people": { need: "admin" },
    "POST /api/v1/people": { need: "admin", body: { name: "mallory", role: "admin" } },
    "PATCH /api/v1/people/:id": { need: "admin", path: "/api/v1/people/0", body: { role: "admin" } },
    "DELETE /api/v1/people/:id": { need: "admin", path: "/api/v1/people/0" },
    "POST /api/v1/people/:id/reset-link": { need: "admin", path: "/api/v1/people/0/reset-link" },
    "GET /api/v1/tokens": { need: "admin" },
    "POST /api/v1/tokens": { need: "admin", body: { name: "mine", role: "admin" } },
    "DELETE /api/v1/tokens/:id": { need: "admin", path: "/api/v1/tokens/0" },
    "GET /api/v1/wall-links": { need: "admin" },
    "POST /api/v1/wall-links": { need: "admin", body: { name: "mine" } },
    "DELETE /api/v1/wall-links/:id": { need: "admin", path: "/api/v1/wall-links/0" },

    "GET /api/v1/audit": { need: "viewer" },
    "GET /api/v1/audit/verify": { need: "viewer" },
    "GET /api/v1/audit/:seq": { need: "viewer", path: "/api/v1/audit/1" },

    "GET /api/v1/fleet": { need: "fleet" },
    "GET /api/v1/servers/:backend/:server": { need: "fleet", path: SRV1 },
    "GET /api/v1/servers/:backend/:server/history": { need: "fleet", path: `${SRV1}/history` },
    "PUT /api/v1/servers/:backend/:server/admin-state": {
      ...{ need: "operator of APP1", path: `${SRV1}/admin-state`, body: { adminState: "ready" } },
    },
    "GET /api/v1/servers/:backend/:server/sessions": [
      { need: "viewer", path: `${SRV1}/sessions?as=report` },
      // felt by the traffic of a busy process
      { need: "operator of APP1", path: `${SRV1}/sessions?as=report&force=true` },
    ],
    "GET /api/v1/servers/:backend/:server/diagnosis": { need: "viewer", path: `${SRV1}/diagnosis` },
    "POST /api/v1/servers/:backend/:server/sessions/end": {
      ...{ need: "operator of APP1", path: `${SRV1}/sessions/end`, body: { all: true, expectCount: 0 } },
    },
    "PUT /api/v1/servers/:backend/:server/weight": {
      ...{ need: "operator of APP1", path: `${SRV1}/weight`, body: { weight: "100" } },
    },
    "PUT /api/v1/servers/:backend/:server/health": {
      ...{ need: "operator of APP1", path: `${SRV1}/health`, body: { health: "up" } },
    },
    "PUT /api/v1/servers/:backend/:server/check": {
      ...{ need: "operator of APP1", path: `${SRV1}/check`, body: { check: "enable" } },
    },
    "PUT /api/v1/servers/:backend/:server/agent": {
      ...{ need: "operator of APP1", path: `${SRV1}/agent`, body: { agent: "enable" } },
    },
    "POST /api/v1/servers/:backend/:server/stick-entries/clear": {
      ...{ need: "operator of APP1", path: `${SRV1}/stick-entries/clear`, body: {} },
    },
    "PUT /api/v1/hosts/:address/admin-state": {
      // both backends are on it; what is expected is not so, which keeps it from changing anything
      ...{ need: "operator of all", path: "/api/v1/hosts/127.0.0.1/admin-state" },
      body: { adminState: "ready", expect: "maint" },
    },
    "GET /api/v1/backends/:backend/persistence": { need: "viewer", path: "/api/v1/backends/APP1/persistence" },
    "POST /api/v1/servers/:backend/:server/probe": { need: "operator of APP1", path: `${SRV1}/probe`, body: {} },
    "GET /api/v1/lost-states": { need: "fleet" },
    "POST /api/v1/lost-states": [
      { need: "operator of APP1", body: { lb: "lb1", server: "APP1/SRV3", answer: "re-apply" } },
      { need: "operator of APP1", body: { lb: "lb1", server: "APP1/SRV4", answer: "keep" } },
    ],

    "POST /api/v1/maintenances": [
      { need: "operator of APP1", body: { servers: ["APP1/SRV1"] } },
      // one server of the list is enough to refuse the whole of it
      { need: "operator of all", body: { servers: ["team-a-web/SRV1", "APP1/SRV1"] } },
      { need: "viewer", body: { servers: ["APP1/SRV1"], dryRun: true } },
    ],
    "GET /api/v1/maintenances": { need: "fleet" },
    "GET /api/v1/maintenances/:id": { need: "fleet", path: job },
    "GET /api/v1/maintenances/:id/wait": { need: "fleet", path: "/api/v1/maintenances/m-none/wait" },
    "GET /api/v1/maintenances/:id/record": { need: "fleet", path: `${job}/record` },
    "POST /api/v1/maintenances/:id/pause": { need: "operator of APP1", path: `${job}/pause`, body: {} },
    "POST /api/v1/maintenances/:id/resume": { need: "operator of APP1", path: `${job}/resume`, body: {} },
    "PATCH /api/v1/maintenances/:id": { need: "operator of APP1", path: job, body: { quiet: "20m" } },
    "POST /api/v1/maintenances/:id/ready": { need: "operator of APP1", path: `${job}/ready`, body: {} },
    "POST /api/v1/maintenances/:id/stop": {
      ...{ need: "operator of APP1", path: `${job}/stop`, body: JSON.parse('{"then":"ready"}') },
    },

    "GET /api/v1/settings/load-balancers": { need: "operator" },
    "POST /api/v1/settings/load-balancers/test": {
      ...{ need: "admin", path: "/api/v1/settings/load-balancers/test", body: { address: NOWHERE } },
    },
    "PUT /api/v1/settings/load-balancers/:name": {
      ...{ need: "admin", path: "/api/v1/settings/load-balancers/none", body: { address: NOWHERE } },
    },
    "DELETE /api/v1/settings/load-balancers/:name": { need: "admin", path: "/api/v1/settings/load-balancers/none" },
    "POST /api/v1/settings/load-balancers": { need: "admin", body: { name: "lb9", address: NOWHERE }, turn: 1 },
    "GET /api/v1/settings/load-balancers/nearby": { need: "admin" },
    "GET /api/v1/settings/backends": { need: "operator" },
    "PUT /api/v1/settings/backends/:backend": {
      ...{ need: "admin", path: "/api/v1/settings/backends/APP1", body: { minimum: 1 } },
    },
    "GET /api/v1/settings/backends/:backend/probe": { need: "operator", path: PROBE_SETTING },
    "PUT /api/v1/settings/backends/:backend/probe": {
      // a port that nobody listens on: what may probe is refused there, and sends nothing elsewhere
      ...{ need: "admin", path: PROBE_SETTING, body: { address: "127.0.0.1:9" }, turn: 1 },
    },
    "DELETE /api/v1/settings/backends/:backend/probe": { need: "admin", path: PROBE_SETTING, turn: 1 },
    "PUT /api/v1/settings/after-reload": { need: "admin", body: { afterReload: "ask" } },
  };
}

export interface CommandLine {
  need: Need;
  args: readonly unknown[];
}

export function expectedCommands({ maintenanceId }: Names): Record<SocketCommand, CommandLine[]> {
  return {
    "fleet:subscribe": [{ need: "fleet", args: [{ kind: "fleet" }] }],
    // nothing comes back of these, so there is nothing to refuse
    "fleet:unsubscribe": [],
    "audit:unfollow": [],
    "audit:follow": [{ need: "viewer", args: [] }],
    "history:get": [{ need: "fleet", args: [{ servers: [], spanMs: 1_000, stepMs: 1_000 }] }],
    "server:set-state": [{ need: "operator of APP1", args: [{ server: "APP1/SRV1", adminState: "ready" }] }],
    "servers:set-state": [
      { need: "operator of APP1", args: [{ servers: ["APP1/SRV1"], adminState: "ready" }] },
      {
        need: "operator of all",
        args: [{ servers: ["APP1/SRV1", "team-a-web/SRV1"], adminState: "ready", expected: { "APP1/SRV1": "maint" } }],
      },
    ],
    "maintenance:plan": [{ need: "viewer", args: [{ servers: ["APP1/SRV1"] }] }],
    "maintenance:start": [
      { need: "operator of APP1", args: [{ servers: ["APP1/SRV1"] }] },
      { need: "operator of all", args: [{ servers: ["team-a-web/SRV1", "APP1/SRV1"] }] },
    ],
    "maintenance:request": [
      { need: "operator of APP1", args: [maintenanceId, { kind: "pause" }] },
      { need: "operator of APP1", args: [maintenanceId, { kind: "resume" }] },
    ],
    "states:answer": [
      { need: "operator of APP1", args: [{ lb: "lb1", server: "APP1/SRV3", answer: "re-apply" }] },
      { need: "operator of APP1", args: [{ lb: "lb1", server: "APP1/SRV4", answer: "keep" }] },
    ],
    "sessions:follow": [
      { need: "viewer", args: [{ server: "APP1/SRV1" }] },
      { need: "operator of APP1", args: [{ server: "APP1/SRV1", force: true }] },
    ],
    "sessions:unfollow": [],
    "sessions:end": [{ need: "operator of APP1", args: [{ server: "APP1/SRV1", all: true, expectCount: 0 }] }],
    "server:diagnose": [{ need: "viewer", args: [{ server: "APP1/SRV1" }] }],
    "server:set-weight": [{ need: "operator of APP1", args: [{ server: "APP1/SRV1", weight: "100" }] }],
    "server:set-health": [{ need: "operator of APP1", args: [{ server: "APP1/SRV1", health: "up" }] }],
    "server:set-check": [{ need: "operator of APP1", args: [{ server: "APP1/SRV1", check: "enable" }] }],
    "server:set-agent": [{ need: "operator of APP1", args: [{ server: "APP1/SRV1", agent: "enable" }] }],
    "server:clear-stick": [{ need: "operator of APP1", args: [{ server: "APP1/SRV1" }] }],
  };
}

/** Pages say who may see them by permission; which is right is said here. */
export const expectedPages: Readonly<Record<string, Need | "public">> = {
  "/": "fleet",
  "/wall": "fleet",
  "/not-allowed": "fleet",
  "/hosts": "fleet",
  "/servers/:backend/:server": "viewer",
  "/maintenances": "fleet",
  "/maintenances/:id": "fleet",
  "/events": "viewer",
  "/settings": "person",
  "/settings/account": "person",
  "/settings/people": "admin",
  "/settings/tokens": "admin",
  "/settings/wall-links": "admin",
  "/settings/load-balancers": "operator",
  "/settings/backends": "operator",
  "/sign-in": "public",
  "/setup": "public",
  "/reset": "public",
};
