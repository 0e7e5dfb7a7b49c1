// Everything a browser test stands on: origins, real HAProxy processes in front of them, and the built app.
import { type AppOptions, type LabApp, startApp } from "./app.ts";
import { APP_PORT, appConfig } from "./configs.ts";
import { type LabContext, type LabHaproxy, startHaproxy } from "./haproxy.ts";
import { type HoldProxy, startHoldProxy } from "./hold-proxy.ts";
import { until } from "./net.ts";
import { type Origin, openTunnel, startOrigin, type Tunnel } from "./origins.ts";

export interface StageOptions extends Omit<AppOptions, "loadBalancers"> {
  /** default lb1 and lb2 */
  readonly names?: readonly string[];
  /** commands can be kept back on their way to HAProxy; a killed HAProxy then looks cut off, not refused */
  readonly hasHoldProxies?: boolean;
  /** of the sockets the app is given */
  readonly level?: "admin" | "operator";
  /** where each origin listens: one of 127.0.0.0/8 is one machine; default three on 127.0.0.1 */
  readonly addresses?: readonly string[];
  readonly config?: (context: LabContext, origins: readonly Origin[]) => string;
}

export interface StageLb extends LabHaproxy {
  readonly name: string;
  /** null unless hasHoldProxies */
  readonly hold: HoldProxy | null;
}

export interface Stage {
  readonly app: LabApp;
  readonly lbs: readonly StageLb[];
  /** a session that stays on APP1/SRV<number> of that load balancer; closed with the stage or by reset() */
  openTunnel(lb: StageLb, serverNumber: number): Promise<Tunnel>;
  /** `srv_admin_state` on each load balancer, asked from HAProxy itself */
  adminBits(server: string): Promise<number[]>;
  /** a runtime command on every load balancer, as another tool would send it */
  ask(line: string): Promise<void>;
  /** every server ready and empty again, and the app has seen it */
  reset(): Promise<void>;
  dispose(): Promise<void>;
}

const ORIGINS = ["one", "two", "three", "four"];
const LOOPBACKS = ["127.0.0.1", "127.0.0.1", "127.0.0.1"];

export async function startStage(options: StageOptions = {}): Promise<Stage> {
  const {
    names = ["lb1", "lb2"],
    hasHoldProxies = false,
    level = "admin",
    config = appConfig,
    addresses = LOOPBACKS,
    ...appOptions
  } = options;
  const cleanups: (() => Promise<void>)[] = [];
  const dispose = async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  };
  try {
    const origins: Origin[] = [];
    for (const [at, address] of addresses.entries()) {
      const origin = await startOrigin(ORIGINS[at] ?? String(at + 1), { address });
      cleanups.push(() => origin.stop());
      origins.push(origin);
    }
    const lbs = await Promise.all(
      names.map(async (name): Promise<StageLb> => {
        const lab = await startHaproxy({
          ports: [APP_PORT],
          // The checks of the shared configuration are fast; an origin on a busy machine is not.
          defaults: ["timeout check 5s"],
          config: (context) => config(context, origins),
        });
        cleanups.push(() => lab.dispose());
        const hold = hasHoldProxies ? await startHoldProxy(lab.adminSocket) : null;
        if (hold !== null) cleanups.push(() => hold.stop());
        return { ...lab, name, hold };
      }),
    );
    const socketOf = (lb: StageLb) => lb.hold?.path ?? (level === "admin" ? lb.adminSocket : lb.operatorSocket);
    const loadBalancers = Object.fromEntries(lbs.map((lb) => [lb.name, socketOf(lb)]));
    const app = await startApp({ ...appOptions, loadBalancers });
    cleanups.push(() => app.dispose());
    return makeStage(app, lbs, dispose);
  } catch (error) {
    await dispose();
    throw error;
  }
}

function makeStage(app: LabApp, lbs: readonly StageLb[], dispose: () => Promise<void>): Stage {
  const tunnels = new Set<Tunnel>();
  const ask = async (line: string) => {
    await Promise.all(lbs.map((lb) => lb.ask(line)));
  };
  return {
    app,
    lbs,
    async openTunnel(lb, serverNumber) {
      const tunnel = await openTunnel(lb.port(APP_PORT), "/socket", [`HAPROXY_SESSION=s${serverNumber}`]);
      tunnels.add(tunnel);
      return tunnel;
    },
    adminBits: (server) => Promise.all(lbs.map((lb) => lb.adminBits(server))),
    ask,
    async reset() {
      for (const lb of lbs) lb.hold?.release();
      for (const tunnel of tunnels) tunnel.close();
      tunnels.clear();
      const { servers } = (await app.get("/fleet")) as { servers: { id: string }[] };
      for (const { id } of servers) await ask(`set server ${id} state ready`);
      await until("every server is ready and empty", async () => {
        const fleet = (await app.get("/fleet")) as {
          servers: { adminState: string; opState: string; sessions: number }[];
        };
        return fleet.servers.every(
          (server) => server.adminState === "ready" && server.opState === "up" && server.sessions === 0,
        );
      });
    },
    async dispose() {
      for (const tunnel of tunnels) tunnel.close();
      await dispose();
    },
  };
}
