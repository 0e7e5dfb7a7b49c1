import net from "node:net";

const ANSWER_WITHIN_MS = 2_000;

/** One exchange with HAProxy's socket: a line there, everything until the end back. The app has its own, careful client. */
export function askHaproxy(socketPath: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(socketPath);
    let text = "";
    socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy(new Error(`${socketPath} did not answer "${line}"`)));
    socket.setEncoding("utf8");
    socket.on("connect", () => socket.end(`${line}\n`));
    socket.on("data", (chunk: string) => {
      text += chunk;
    });
    socket.on("error", reject);
    socket.on("close", (hadError) => {
      if (!hadError) resolve(text);
    });
  });
}
