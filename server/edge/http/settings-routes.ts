// Settings over REST. Who may change them is asked at the door, and again by the request itself before it acts.
import {
  addressTestSchema,
  afterReloadSchema,
  backendSettingSchema,
  loadBalancerSchema,
  newLoadBalancerSchema,
} from "#lib/wire/settings.ts";
import type { Call } from "#server/ops/verb.ts";
import type { BackendSettings } from "#server/settings/backends.ts";
import type { LoadBalancerSettings } from "#server/settings/load-balancers.ts";
import { type Route, type RouteContext, route, signedIn } from "./route.ts";

const ROOT = "/api/v1/settings";

export interface SettingsRoutesOptions {
  loadBalancers: LoadBalancerSettings;
  backends: BackendSettings;
}

export function settingsRoutes({ loadBalancers, backends }: SettingsRoutesOptions): Route[] {
  return [
    route({
      method: "GET",
      path: `${ROOT}/load-balancers`,
      summary: "Load balancers, where each is named, and how its link is",
      permission: "settings:read",
      handle: () => ({ status: 200, body: { loadBalancers: loadBalancers.list() } }),
    }),
    route({
      method: "POST",
      path: `${ROOT}/load-balancers`,
      summary: "Add a load balancer; it is polled at once",
      permission: "settings:write",
      body: newLoadBalancerSchema,
      handle: async (context) => ({
        status: 201,
        body: await loadBalancers.add(callOf(context), context.body),
        headers: { location: `${ROOT}/load-balancers/${context.body.name}` },
      }),
    }),
    route({
      method: "POST",
      path: `${ROOT}/load-balancers/test`,
      summary:
        "Try an address: what answers there, and what to do when it is not HAProxy's stats socket of level admin",
      permission: "settings:write",
      body: addressTestSchema,
      handle: async (context) => ({ status: 200, body: await loadBalancers.test(callOf(context), context.body) }),
    }),
    route({
      method: "GET",
      path: `${ROOT}/load-balancers/nearby`,
      summary: "Sockets of the app's machine that look like HAProxy's and are not on the board; none of them is asked",
      permission: "settings:write",
      handle: () => ({ status: 200, body: { sockets: loadBalancers.nearby() } }),
    }),
    route({
      method: "PUT",
      path: `${ROOT}/load-balancers/:name`,
      summary: "Change the address of a load balancer of the settings",
      permission: "settings:write",
      body: loadBalancerSchema,
      handle: async (context) => ({
        status: 200,
        body: await loadBalancers.change(callOf(context), context.params.name ?? "", context.body),
      }),
    }),
    route({
      method: "DELETE",
      path: `${ROOT}/load-balancers/:name`,
      summary: "Remove a load balancer of the settings; HAProxy itself is not touched",
      permission: "settings:write",
      handle: async (context) => {
        await loadBalancers.remove(callOf(context), context.params.name ?? "");
        return { status: 204 };
      },
    }),
    route({
      method: "GET",
      path: `${ROOT}/backends`,
      summary: "Minimum and quiet window of each backend, where each comes from, and what happens after a reload",
      permission: "settings:read",
      handle: () => ({ status: 200, body: backends.list() }),
    }),
    route({
      method: "PUT",
      path: `${ROOT}/backends/:backend`,
      summary: "Set minimum or quiet window of a backend; null is the default again",
      permission: "settings:write",
      body: backendSettingSchema,
      handle: async (context) => ({
        status: 200,
        body: await backends.change(callOf(context), context.params.backend ?? "", context.body),
      }),
    }),
    route({
      method: "PUT",
      path: `${ROOT}/after-reload`,
      summary: "What happens to a drain or maint that a reload took: ask, re-apply or leave; null is the default again",
      permission: "settings:write",
      body: afterReloadSchema,
      handle: async (context) => ({
        status: 200,
        body: await backends.changeAfterReload(callOf(context), context.body.afterReload),
      }),
    }),
  ];
}

function callOf({
  actor,
  requestId,
  remoteAddress,
}: Pick<RouteContext<unknown, unknown>, "actor" | "requestId" | "remoteAddress">): Call {
  return { actor: signedIn(actor), requestId, via: "rest", remoteAddress };
}
