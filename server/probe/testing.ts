// A backend for each way to keep users, each behind a frontend of its own, on one real HAProxy; and a proxy that strips cookies.
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { type LabHaproxy, startHaproxy } from "#lab/haproxy.ts";
import { until } from "#lab/net.ts";
import { testCerts } from "#server/runtime/testing/certs.ts";
import { startTestApp, type TestApp } from "#server/testing.ts";

/** Lines of each backend; its two servers have cookie values s1 and s2 unless it makes them itself. */
export const modes = {
  insert: ["cookie SRVID insert indirect nocache"],
  plain: ["cookie SRVID insert"],
  postonly: ["cookie SRVID insert indirect nocache postonly"],
  preserve: ["cookie SRVID insert indirect nocache preserve"],
  rewrite: ["cookie SRVID rewrite"],
  prefix: ["cookie SRVID prefix"],
  dynamic: ["cookie SRVID insert indirect nocache dynamic", "dynamic-cookie-key a-key-of-tests"],
  bounded: ["cookie SRVID insert indirect nocache maxidle 10m maxlife 8h"],
  domain: ["cookie SRVID insert indirect nocache domain .example.com"],
  secure: ["cookie SRVID insert indirect nocache secure httponly"],
  persist: ["option persist", "cookie SRVID insert indirect nocache"],
  forced: ["cookie SRVID insert indirect nocache", "force-persist if { always_true }"],
  ignoring: ["cookie SRVID insert indirect nocache", "ignore-persist if { always_true }"],
  stick: ["stick-table type ip size 1k expire 30m", "stick on src"],
  counting: ["stick-table type ip size 1k expire 30m store http_req_rate(10s)", "http-request track-sc0 src"],
  hash: ["balance source"],
  none: ["balance roundrobin"],
} as const;
export type Mode = keyof typeof modes;
const names = Object.keys(modes) as Mode[];

export interface Ways {
  lab: LabHaproxy;
  app: TestApp;
  /** one frontend for all: the first label of the Host header names the backend, and `redirect` a rule */
  port: number;
  tlsPort: number;
}

export async function startWays(bin: string): Promise<Ways> {
  const origins = await Promise.all(["one", "two"].map(startOrigin));
  const lab = await startHaproxy({
    bin,
    ports: ["plain", "tls"],
    config: (context) =>
      [
        "frontend www",
        `  bind 127.0.0.1:${context.port("plain")}`,
        `  bind 127.0.0.1:${context.port("tls")} ssl crt ${testCerts.serverFile}`,
        "  http-request redirect location https://shop.example.com/login?token=secret if { hdr_beg(host) redirect. }",
        "  use_backend %[req.hdr(host),field(1,.)]",
        ...names.flatMap((name) => [
          `backend ${name}`,
          ...modes[name].map((line) => `  ${line}`),
          ...origins.map((port, i) => `  server S${i + 1} 127.0.0.1:${port}${cookieOf(name, i)}`),
        ]),
      ].join("\n"),
  });
  onTestFinished(() => lab.dispose());
  const app = await startTestApp({ loadBalancers: { lb1: lab.adminSocket } });
  return { lab, app, port: lab.port("plain"), tlsPort: lab.port("tls") };
}

function cookieOf(name: Mode, i: number): string {
  const hasCookie = modes[name].some((line) => line.startsWith("cookie"));
  return hasCookie && name !== "dynamic" ? ` cookie s${i + 1}` : "";
}

/** Says who it is; `/app` sets the cookie itself, as an application does whose session it is. */
function startOrigin(name: string): Promise<number> {
  return listen((incoming, response) => {
    response.setHeader("x-served-by", name === "one" ? "S1" : "S2");
    response.setHeader("etag", '"1"');
    response.setHeader("set-cookie", [
      "theme=dark; path=/",
      ...(incoming.url === "/app" ? ["SRVID=session-of-the-application; path=/"] : []),
    ]);
    response.end(name);
  });
}

/** Between users and HAProxy: takes the cookie out of requests, of answers, or of both. */
export function startStripper(port: number, what: { request: boolean; answer: boolean }): Promise<number> {
  return listen((incoming, response) => {
    const { cookie, ...rest } = incoming.headers;
    const headers = what.request || cookie === undefined ? rest : { ...rest, cookie };
    const outgoing = request(
      { host: "127.0.0.1", port, path: incoming.url, method: incoming.method, headers, agent: false },
      (answer) => {
        const { "set-cookie": cookies, ...kept } = answer.headers;
        response.writeHead(
          answer.statusCode ?? 502,
          what.answer || cookies === undefined ? kept : { ...kept, "set-cookie": cookies },
        );
        answer.pipe(response);
      },
    );
    outgoing.on("error", () => response.destroy());
    incoming.pipe(outgoing);
  });
}

export async function listen(handle: (incoming: IncomingMessage, response: ServerResponse) => void): Promise<number> {
  const server: Server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** Seen by the app before the probe is sent. */
export async function setState({ lab, app }: Ways, server: string, state: "ready" | "drain" | "maint"): Promise<void> {
  await lab.ask(`set server ${server} state ${state}`);
  await until(`${server} is seen in ${state}`, () => app.app.fleet.view().servers.get(server)?.adminState === state);
}
