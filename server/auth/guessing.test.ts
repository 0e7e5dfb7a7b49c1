// Ten thousand wrong passwords over the wire, from one address and from many, while the team keeps signing in.
import { expect, onTestFinished, test } from "vitest";
import { PASSWORD, startEdge } from "#server/edge/http/testing/edge.ts";
import { Throttle } from "./throttle.ts";

const GUESSES = 10_000;
const AT_ONCE = 25;

async function attack(addressOf: (index: number) => string) {
  const throttle = new Throttle();
  const edge = await startEdge({ trustedProxies: ["127.0.0.1"], authOptions: { throttle } });
  onTestFinished(() => edge[Symbol.asyncDispose]());
  const signIn = async (address: string, password: string, name = "admin") => {
    const headers = { origin: edge.baseUrl, "x-forwarded-for": address };
    return (await edge.ask("/auth/sign-in", { method: "POST", headers, body: { name, password } })).status;
  };
  const statuses = new Map<number, number>();
  const team: number[] = [];
  for (let from = 0; from < GUESSES; from += AT_ONCE) {
    const batch = Array.from({ length: AT_ONCE }, (_, at) =>
      signIn(addressOf(from + at), `wrong password ${from + at}`),
    );
    // In the middle of it somebody of the team comes to work.
    if (from % 2_000 === 0) team.push(await signIn("192.0.2.7", PASSWORD));
    for (const status of await Promise.all(batch)) statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  return { throttle, statuses, team, edge };
}

test("from one address: a handful is looked at, the rest refused; the right password from elsewhere signs in meanwhile", async () => {
  const { statuses, team, throttle, edge } = await attack(() => "203.0.113.7");
  expect([...statuses.keys()].sort()).toEqual([401, 429]);
  expect(statuses.get(401)).toBeLessThanOrEqual(10);
  expect(team).toEqual([204, 204, 204, 204, 204]);
  expect(throttle.size).toBeLessThan(10);
  // The attempts that were refused do not fill the audit row by row.
  expect((await edge.store.audit.list({ limit: 1_000 })).length).toBeLessThan(500);
}, 120_000);

test("from twenty addresses: each gets a handful, and the team still signs in", async () => {
  const { statuses, team, throttle } = await attack((index) => `203.0.113.${index % 20}`);
  expect(statuses.get(204)).toBeUndefined();
  expect(statuses.get(429)).toBeGreaterThan(GUESSES * 0.8);
  expect(team).toEqual([204, 204, 204, 204, 204]);
  expect(throttle.size).toBeLessThan(100);
}, 120_000);
