import { type Route, route } from "./route.ts";

export interface Readiness {
  ready: boolean;
  /** one sentence: what it waits for */
  why?: string;
}

export function healthRoutes(readiness: () => Readiness): Route[] {
  return [
    route({
      method: "GET",
      path: "/healthz",
      summary: "Liveness: the app answers",
      permission: "public",
      handle: () => ({ status: 200, body: { ok: true } }),
    }),
    route({
      method: "GET",
      path: "/readyz",
      summary: "Readiness: the app serves",
      permission: "public",
      handle() {
        const state = readiness();
        return { status: state.ready ? 200 : 503, body: state };
      },
    }),
  ];
}
