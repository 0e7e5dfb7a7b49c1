import { randomBytes } from "node:crypto";
import http from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { errorKind } from "./entrances.ts";
import type { Entry } from "./messages.ts";
import type { Visit, World } from "./world.ts";
import { acceptKey, createFrameReader, encodeFrame, opcode } from "./ws-frames.ts";

const RETRY_MS = 2_000;

/** Holds a WebSocket and says something every 20 to 30 s; connects again when it is cut before its time. */
export async function holdWebSocket({ counters, entrances }: World, visit: Visit): Promise<void> {
  const { plan, random, endAtMs } = visit;
  let at = random.whole(0, entrances.count - 1);
  while (performance.now() < endAtMs) {
    counters.requested();
    try {
      const socket = await open(entrances.entry(at), plan.path);
      if ((await hold(socket, visit)) === "left") return;
      counters.cut();
    } catch (cause) {
      counters.failed(cause instanceof Refused ? String(cause.statusCode) : errorKind(cause));
    }
    at++;
    await sleep(RETRY_MS + random.between(0, RETRY_MS));
  }
}

class Refused extends Error {
  readonly statusCode: number;
  constructor(statusCode: number) {
    super(`the WebSocket was answered with ${statusCode}`);
    this.name = "Refused";
    this.statusCode = statusCode;
  }
}

function open(entry: Entry, path: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const key = randomBytes(16).toString("base64");
    const request = http.get({
      host: "127.0.0.1",
      port: entry.http,
      path,
      agent: false,
      headers: {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-key": key,
        "sec-websocket-version": "13",
      },
    });
    request.on("upgrade", (response, socket) => {
      if (response.headers["sec-websocket-accept"] === acceptKey(key)) return resolve(socket);
      socket.destroy();
      reject(new Error("the WebSocket handshake was answered wrongly"));
    });
    request.on("response", (response) => {
      response.destroy();
      reject(new Refused(response.statusCode ?? 0));
    });
    request.on("error", reject);
  });
}

function hold(socket: Duplex, { number, random, endAtMs }: Visit): Promise<"left" | "cut"> {
  return new Promise((resolve) => {
    const reader = createFrameReader();
    let timer: NodeJS.Timeout | undefined;
    let isLeaving = false;
    const send = (code: number, text: string) => socket.write(encodeFrame(code, Buffer.from(text), randomBytes(4)));
    const waitAndTalk = () => {
      const remainsMs = endAtMs - performance.now();
      timer = setTimeout(
        () => {
          isLeaving = performance.now() >= endAtMs;
          send(isLeaving ? opcode.close : opcode.text, isLeaving ? "" : `user ${number} is here`);
          if (isLeaving) socket.end();
          else waitAndTalk();
        },
        Math.max(0, Math.min(remainsMs, random.between(20_000, 30_000))),
      );
    };
    socket.on("data", (chunk: Buffer) => {
      if (reader.push(chunk) === "unsupported") socket.destroy();
    });
    socket.on("end", () => socket.end());
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(isLeaving ? "left" : "cut");
    });
    waitAndTalk();
  });
}
