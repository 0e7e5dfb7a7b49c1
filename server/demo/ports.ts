import net, { type AddressInfo } from "node:net";

/** Ports that were free a moment ago: all are held at once, so that they differ, and let go together. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => hold(0, "127.0.0.1")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map(letGo));
  return ports;
}

/** Null when the port can be listened on, else why not (`EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`). */
export async function whyNotListen(host: string, port: number): Promise<string | null> {
  try {
    await letGo(await hold(port, host));
    return null;
  } catch (cause) {
    return cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  }
}

function hold(port: number, host: string): Promise<net.Server> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once("error", reject);
    server.listen(port, host, () => resolve(server));
  });
}

function letGo(server: net.Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
