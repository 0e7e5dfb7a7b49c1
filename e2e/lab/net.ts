// Free ports and raw questions to a socket, for the lab only: the app's own client is never used to check the app.
import { type AddressInfo, connect, createServer } from "node:net";

export type Target = string | { port: number };

/** A port nobody uses now. Another process may take it before we do, so a start that cannot bind is tried again. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

const ASK_TIMEOUT_MS = 5_000;

/** One line to a HAProxy socket (path, or a port of 127.0.0.1), the whole answer back. */
export function ask(target: Target, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(typeof target === "string" ? { path: target } : { host: "127.0.0.1", port: target.port });
    const chunks: Buffer[] = [];
    socket.setTimeout(ASK_TIMEOUT_MS, () => socket.destroy(new Error(`no answer to ${JSON.stringify(line)}`)));
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    socket.on("error", reject);
    socket.end(`${line}\n`);
  });
}

/** Polls until `look` returns something; a condition is awaited, never a time. */
export async function until<T>(
  what: string,
  look: () => Promise<T | null | false> | T | null | false,
  // Far beyond what any of them takes: a machine of two cores may be busy with four other tests.
  deadlineMs = 20_000,
): Promise<T> {
  const giveUpAt = Date.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== false) return found;
    if (Date.now() > giveUpAt) throw new Error(`gave up after ${deadlineMs} ms waiting until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
