import net from "node:net";

/** Answers each line with OK, as long as the client stays. */
export function createAuthOrigin(): net.Server {
  return net.createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.on("data", () => socket.write("OK\n"));
  });
}
