import { statSync } from "node:fs";

/** Where distributions and HAProxy's own examples put the stats socket. */
export const usualSockets = [
  "/run/haproxy/admin.sock",
  "/var/run/haproxy.sock",
  "/var/lib/haproxy/stats",
  "/run/haproxy.sock",
  "/tmp/haproxy.sock",
];

/** Those that are sockets; whether they answer, the first poll says. */
export function findSockets(places: readonly string[] = usualSockets): string[] {
  return places.filter((path) => {
    try {
      return statSync(path).isSocket();
    } catch {
      return false;
    }
  });
}
