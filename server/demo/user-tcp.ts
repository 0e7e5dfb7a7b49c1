import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { errorKind } from "./entrances.ts";
import type { Visit, World } from "./world.ts";

/** How long a person waits before trying again after a connection broke off. */
const RETRY_MS = 2_000;

/** A client of the TCP service: one connection, a line now and then. */
export async function holdConnection({ counters, entrances }: World, visit: Visit): Promise<void> {
  let at = visit.random.whole(0, entrances.count - 1);
  while (performance.now() < visit.endAtMs) {
    const outcome = await hold(entrances.entry(at).auth, visit);
    if (outcome === "left") return;
    if (outcome === "cut") counters.cut();
    else counters.failed(outcome);
    at++;
    await sleep(RETRY_MS);
  }
}

/** How it ended: the user left, the other side closed, or the kind of error. */
function hold(port: number, { random, number, endAtMs }: Visit): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: "127.0.0.1", port });
    let timer: NodeJS.Timeout | undefined;
    let outcome = "cut";
    const talk = () => {
      socket.write(`user ${number}\n`);
      timer = setTimeout(
        () => {
          if (performance.now() < endAtMs) return talk();
          outcome = "left";
          socket.end();
        },
        random.between(8_000, 18_000),
      );
    };
    socket.on("connect", talk);
    socket.on("data", () => {});
    socket.on("error", (cause) => {
      if (outcome !== "left") outcome = errorKind(cause);
    });
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(outcome);
    });
  });
}
