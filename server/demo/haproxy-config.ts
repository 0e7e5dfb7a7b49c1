// haproxy.cfg of one load balancer. Only keywords that mean the same from HAProxy 2.2 to 3.2.
import { type BackendPlan, backends, type LoadBalancerName, loadBalancerNames, originKey } from "./situation.ts";

export interface LoadBalancerPorts {
  readonly http: number;
  readonly auth: number;
  /** stick-table replication between the two load balancers, and from an old process to the new one at a reload */
  readonly peer: number;
}

export interface HaproxyConfigInput {
  readonly name: LoadBalancerName;
  readonly socketPath: string;
  readonly ports: Readonly<Record<LoadBalancerName, LoadBalancerPorts>>;
  /** `BACKEND/SERVER` -> port on loopback */
  readonly originPorts: Readonly<Record<string, number>>;
}

export function haproxyConfig(input: HaproxyConfigInput): string {
  const own = input.ports[input.name];
  const web = backends.filter((plan) => plan.kind !== "tcp");
  const tcp = backends.filter((plan) => plan.kind === "tcp");
  return [
    `# ${input.name} of the Drainboard demo; written anew at each start`,
    "global",
    "  maxconn 3000",
    "  nbthread 1",
    `  stats socket ${input.socketPath} mode 600 level admin expose-fd listeners`,
    "  stats timeout 30s",
    "  stats maxconn 50",
    "",
    "defaults",
    "  mode http",
    "  option redispatch",
    "  retries 3",
    "  timeout connect 3s",
    "  timeout client 60s",
    "  timeout server 60s",
    "  timeout queue 20s",
    "  timeout check 5s",
    "  timeout http-request 10s",
    "  timeout http-keep-alive 15s",
    "",
    "peers demo",
    ...loadBalancerNames.map((name) => `  peer ${name} 127.0.0.1:${input.ports[name].peer}`),
    "",
    "frontend web",
    `  bind 127.0.0.1:${own.http}`,
    ...web.map((plan) => `  use_backend ${plan.name} if { path_beg ${plan.path} }`),
    `  default_backend ${web[0]?.name ?? ""}`,
    "",
    ...tcp.flatMap((plan) => [
      "frontend auth",
      "  mode tcp",
      `  bind 127.0.0.1:${own.auth}`,
      "  timeout client 10m",
      `  default_backend ${plan.name}`,
      "",
    ]),
    ...backends.flatMap((plan) => backendSection(plan, input.originPorts)),
  ].join("\n");
}

function backendSection(plan: BackendPlan, originPorts: Readonly<Record<string, number>>): string[] {
  return [
    `backend ${plan.name}`,
    ...plan.lines.map((line) => `  ${line}`),
    ...plan.servers.map((server) => {
      const port = originPorts[originKey(plan.name, server.name)];
      if (port === undefined) throw new Error(`no origin listens for ${originKey(plan.name, server.name)}`);
      return `  server ${server.name} 127.0.0.1:${port} check ${server.options}`.trimEnd();
    }),
    "",
  ];
}
