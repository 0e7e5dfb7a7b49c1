import type { Call } from "#server/ops/verb.ts";
import { type RouteContext, signedIn } from "./route.ts";

/** Who asks over REST, for what runs below the edge. */
export function callOf(asked: Pick<RouteContext<unknown, unknown>, "actor" | "requestId" | "remoteAddress">): Call {
  const { actor, requestId, remoteAddress } = asked;
  return { actor: signedIn(actor), requestId, via: "rest", remoteAddress };
}
