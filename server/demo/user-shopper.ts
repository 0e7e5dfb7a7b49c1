// A user with a browser: signs in, looks around, fills a cart, pauses to think, leaves. Keeps cookies.
import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, errorKind } from "./entrances.ts";
import { cartHeader, servedByHeader, sessionHeader } from "./origin-sessions.ts";
import type { Random } from "./random.ts";
import type { Visit, World } from "./world.ts";

/** Of those who may: behind some companies' proxies one request leaves here and the next one there. */
const ALTERNATING = 0.1;
const SIGNS_OUT = 0.7;

export async function shop(world: World, visit: Visit): Promise<void> {
  const { counters, entrances } = world;
  const { plan, number, random } = visit;
  const cookies = new Map<string, string>();
  const alternates = plan.canAlternate && random.chance(ALTERNATING);
  let at = random.whole(0, entrances.count - 1);
  let known: { server: string; cart: number } | null = null;

  const ask = async (action: string): Promise<void> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const path = `${plan.path}${action}?user=user%20${number}`;
    counters.requested();
    const answer = await entrances.get(at, path, cookie === "" ? {} : { cookie }).catch((cause: unknown) => {
      counters.failed(errorKind(cause));
      at++;
      return null;
    });
    if (answer === null) return;
    if (answer.statusCode >= 500) return counters.failed(String(answer.statusCode));
    keepCookies(cookies, answer);
    const server = String(answer.headers[servedByHeader] ?? "");
    if (answer.headers[sessionHeader] === "lost" && known !== null) {
      counters.lost(number, plan.name, known.server, server, known.cart);
    }
    known = { server, cart: Number(answer.headers[cartHeader] ?? 0) };
  };

  await ask("login");
  while (performance.now() < visit.endAtMs) {
    await sleep(random.between(3_000, 12_000));
    if (alternates) at++;
    await ask(nextAction(random));
  }
  if (random.chance(SIGNS_OUT)) await ask("logout");
}

function nextAction(random: Random): string {
  const draw = random.between(0, 1);
  if (draw < 0.07) return "download";
  if (draw < 0.21) return "report";
  return draw < 0.5 ? "add" : "page";
}

function keepCookies(cookies: Map<string, string>, answer: Answer): void {
  for (const line of answer.headers["set-cookie"] ?? []) {
    const match = /^([^=;]+)=([^;]*)/.exec(line);
    if (match?.[1] === undefined) continue;
    if (match[2]) cookies.set(match[1], match[2]);
    else cookies.delete(match[1]);
  }
}
