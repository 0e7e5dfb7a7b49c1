// What users of a load balancer feel: how long one request after the other takes, while something else goes on.
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

const REQUEST_EVERY_MS = 4;

/** Milliseconds of each request, one after a moment each, on kept connections. */
export async function requestTimes(port: number, windowMs: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true });
  const times: number[] = [];
  const pending: Promise<void>[] = [];
  const until = performance.now() + windowMs;
  while (performance.now() < until) {
    const began = performance.now();
    pending.push(one(agent, port).then(() => void times.push(performance.now() - began)));
    await sleep(REQUEST_EVERY_MS);
  }
  await Promise.all(pending);
  agent.destroy();
  return times;
}

function one(agent: Agent, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request({ agent, host: "127.0.0.1", port, method: "OPTIONS", path: "/app-0/" }, (response) => {
      response.resume();
      response.on("end", resolve);
    });
    asked.on("error", reject);
    asked.end();
  });
}
