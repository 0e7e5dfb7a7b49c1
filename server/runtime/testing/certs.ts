import { readFileSync } from "node:fs";
import { join } from "node:path";

const dir = join(import.meta.dirname, "certs");
const pem = (name: string): string => readFileSync(join(dir, name), "utf8");

/** Paths for haproxy.cfg, PEM texts for Node. `server` and `client` hold certificate and key. */
export const testCerts = {
  caFile: join(dir, "ca.pem"),
  serverFile: join(dir, "server.pem"),
  ca: pem("ca.pem"),
  server: pem("server.pem"),
  client: pem("client.pem"),
} as const;
