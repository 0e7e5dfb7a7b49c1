// A small HAProxy world for the tests of decide(): load balancers with processes, admin bits, checks, sessions and a
// poller that may miss; an engine that may crash between saving and sending. It knows the truth on a clock that never
// jumps (`monoMs`), apart from what was observed on the app's clock (`nowMs`).
import type { BackendRow, LoadBalancerView, OldWorkersSource, ProcessIdentity } from "#lib/fleet/view.ts";
import type { AdminState } from "#lib/haproxy/admin-state.ts";
import { splitServerId } from "#lib/haproxy/names.ts";
import { decide, isStillWanted } from "../decide.ts";
import type { Effect, MaintenanceEvent } from "../effect.ts";
import { type Maintenance, type MaintenanceOptions, newMaintenance, type ServerJob } from "../job.ts";
import { recordOutcome } from "../outcome.ts";
import type { Seen, SeenRow } from "../sight.ts";

export interface TrueServer {
  id: string;
  adminState: AdminState;
  scur: number;
  oldScur: number;
  qcur: number;
  stot: number;
  lastArrivalAt: number | null;
  /** truth, per process and for ever */
  arrivalMonoMs: number | null;
  health: number;
  isDead: boolean;
  hasCheck: boolean;
  weight: number;
  uweight: number;
  throttle: number | null;
  address: string;
  isListed: boolean;
  isBackup: boolean;
  /** shutdown sessions does nothing: they keep being there */
  isStubborn: boolean;
  /** the master CLI has not answered since a reload */
  isOldUnsure: boolean;
}

export interface TrueLb {
  name: string;
  process: ProcessIdentity;
  isReachable: boolean;
  oldWorkers: number | null;
  oldWorkersSource: OldWorkersSource;
  servers: TrueServer[];
  view: LoadBalancerView;
  refuses: string | null;
}

export const RISE = 2;
export const FALL = 3;
const START_MS = 1_700_000_000_000;

export const baseOptions: MaintenanceOptions = {
  quietMs: 10_000,
  quietWhy: "test",
  deadlineMs: null,
  atDeadline: "wait",
  endSessions: "all",
  concurrency: 1,
  loadBalancers: null,
  autoReturnMs: null,
  ignoreMinimum: false,
};

export interface WorldInput {
  lbs?: string[];
  servers?: string[];
  job?: string[];
  /** a run by host: the servers of each host, at this address on every load balancer; replaces `job` */
  hosts?: Record<string, string[]>;
  options?: Partial<MaintenanceOptions>;
  showsTotals?: boolean;
}

export class World {
  nowMs = START_MS;
  monoMs = 0;
  readonly lbs: TrueLb[];
  job: Maintenance;
  readonly events: MaintenanceEvent[] = [];
  /** every effect that was really carried out */
  readonly sent: { effect: Effect; monoMs: number }[] = [];
  minimums: Record<string, number> = {};
  leaving: string[] = [];
  /** called right before an effect reaches HAProxy */
  onSend: (effect: Effect) => void = () => {};
  readonly #showsTotals: boolean;
  #pid = 100;

  constructor(input: WorldInput = {}) {
    this.#showsTotals = input.showsTotals ?? true;
    const ids = input.servers ?? ["APP1/SRV1", "APP1/SRV2", "APP1/SRV3", "APP1/SRV4"];
    this.lbs = (input.lbs ?? ["lb1", "lb2"]).map((name) => {
      const lb: TrueLb = {
        name,
        process: this.#newProcess(),
        isReachable: true,
        oldWorkers: 0,
        oldWorkersSource: "master-cli",
        servers: ids.map((id, i) => newServer(id, i)),
        view: { head: emptyHead(name), epoch: "0", rev: 0, backends: [], servers: [] },
        refuses: null,
      };
      return lb;
    });
    const places = Object.entries(input.hosts ?? {}).flatMap(([host, here]) => here.map((id) => [id, host] as const));
    for (const [id, host] of places)
      for (const lb of this.lbs) this.at(lb.name, id).address = `${host}:${8_000 + ids.indexOf(id)}`;
    this.job = newMaintenance(
      {
        id: "m1",
        reason: "test",
        startedBy: "ann",
        servers: places.length > 0 ? places.map(([id]) => id) : (input.job ?? ["APP1/SRV1"]),
        ...(places.length > 0 ? { hosts: new Map(places) } : {}),
        options: { ...baseOptions, ...input.options },
      },
      this.nowMs,
    );
    this.poll();
  }

  #newProcess(): ProcessIdentity {
    this.#pid++;
    return { pid: this.#pid, startedAt: Math.floor(this.nowMs / 1_000) };
  }

  lb(name: string): TrueLb {
    return must(
      this.lbs.find((one) => one.name === name),
      name,
    );
  }

  at(lb: string, id = "APP1/SRV1"): TrueServer {
    return must(
      this.lb(lb).servers.find((one) => one.id === id),
      id,
    );
  }

  server(id = "APP1/SRV1"): ServerJob {
    return must(
      this.job.servers.find((one) => one.id === id),
      id,
    );
  }

  seen(): Seen {
    return { views: this.lbs.map((lb) => lb.view), minimums: this.minimums, leaving: this.leaving };
  }

  /** A session comes; in maint HAProxy sends it elsewhere. */
  arrive(lb: string, id = "APP1/SRV1", staysSessions = 0): boolean {
    const server = this.at(lb, id);
    if (server.adminState === "maint") return false;
    server.stot++;
    server.lastArrivalAt = Math.max(server.lastArrivalAt ?? 0, Math.floor(this.nowMs / 1_000));
    server.arrivalMonoMs = this.monoMs;
    server.scur += staysSessions;
    return true;
  }

  reload(lb: string, keepsState = false): void {
    const one = this.lb(lb);
    one.process = this.#newProcess();
    for (const server of one.servers) {
      server.oldScur = one.oldWorkers === null ? 0 : server.oldScur + server.scur;
      if (one.oldWorkers !== null) one.oldWorkers++;
      server.scur = 0;
      server.qcur = 0;
      server.stot = 0;
      server.lastArrivalAt = null;
      if (!keepsState) this.#setState(server, "ready");
      server.health = RISE + FALL - 1;
      server.throttle = null;
    }
  }

  set(lb: string, adminState: AdminState, id = "APP1/SRV1"): void {
    this.#setState(this.at(lb, id), adminState);
  }

  #setState(server: TrueServer, adminState: AdminState): void {
    if (server.adminState === "maint" && adminState !== "maint") server.health = RISE;
    server.adminState = adminState;
  }

  poll(only?: readonly string[]): void {
    for (const lb of this.lbs) {
      if (only !== undefined && !only.includes(lb.name)) continue;
      if (!lb.isReachable) {
        lb.view = {
          ...lb.view,
          head: { ...lb.view.head, error: { code: "refused", message: "nobody there", sinceMs: this.nowMs } },
        };
        continue;
      }
      lb.view = {
        head: {
          ...emptyHead(lb.name),
          process: { ...lb.process },
          oldWorkers: lb.oldWorkers,
          oldWorkersSource: lb.oldWorkersSource,
          observedAtMs: this.nowMs,
        },
        epoch: String(lb.process.pid),
        rev: lb.view.rev + 1,
        backends: backendRowsOf(lb),
        servers: lb.servers.filter((server) => server.isListed).map((server) => this.#rowOf(server)),
      };
    }
  }

  /** As the fleet's poller does: from `lastsess` and its own clock, forward only. */
  #noteArrival(server: TrueServer): void {
    if (server.lastArrivalAt === null || server.arrivalMonoMs === null) return;
    const lastsessMs = this.monoMs - server.arrivalMonoMs;
    server.lastArrivalAt = Math.max(server.lastArrivalAt, Math.floor((this.nowMs - lastsessMs) / 1_000));
  }

  #rowOf(server: TrueServer): SeenRow {
    this.#noteArrival(server);
    const { backend, server: name } = must(splitServerId(server.id), server.id);
    const isMaint = server.adminState === "maint";
    const showsCheck = server.hasCheck && !isMaint;
    return {
      id: server.id,
      backend,
      server: name,
      scur: server.scur,
      oldScur: server.oldScur,
      qcur: server.qcur,
      arrivalsPerSec: 0,
      lastArrivalAt: server.lastArrivalAt,
      adminBits: { ready: 0, drain: 8, maint: 1 }[server.adminState],
      srvOpState: isMaint || server.health < RISE ? 0 : 2,
      status: statusOf(server),
      weight: server.weight,
      uweight: server.uweight,
      iweight: server.uweight,
      throttle: server.throttle,
      reference: 0,
      checkStatus: showsCheck ? (server.isDead ? "L4CON" : "L7OK") : "",
      checkCode: null,
      checkMs: null,
      checkText: "",
      checkRise: showsCheck ? RISE : null,
      checkFall: showsCheck ? FALL : null,
      checkHealth: showsCheck ? server.health : null,
      agentStatus: "",
      lastChangeAt: null,
      adminSinceAt: null,
      address: server.address,
      cookie: "",
      isBackup: server.isBackup,
      slim: null,
      tracked: null,
      ...(this.#showsTotals ? { stot: server.stot } : {}),
      isOldUnsure: server.isOldUnsure,
    } as SeenRow;
  }

  /** One second goes by for HAProxy's checks and ramps, `ms` on both clocks. */
  pass(ms = 1_000): void {
    this.nowMs += ms;
    this.monoMs += ms;
    for (const lb of this.lbs) {
      for (const server of lb.servers) {
        if (server.adminState === "maint" || !server.hasCheck) continue;
        server.health = server.isDead ? 0 : Math.min(server.health + 1, RISE + FALL - 1);
      }
    }
  }

  /** decide, save, send. `crash`: dies after saving; `lost`: the reply is lost after HAProxy obeyed. */
  run(how: { crash?: boolean; lost?: boolean; delaySends?: () => void } = {}): Effect[] {
    const decision = decide(this.job, this.seen(), this.nowMs);
    this.job = JSON.parse(JSON.stringify(decision.job)) as Maintenance;
    this.events.push(...decision.events);
    if (how.crash === true) return decision.effects;
    how.delaySends?.();
    for (const effect of decision.effects) {
      if (!isStillWanted(this.job, effect, this.seen(), this.nowMs)) {
        this.job = recordOutcome(
          this.job,
          effect,
          { outcome: "unsent", process: null, message: "no longer wanted" },
          this.nowMs,
        );
        continue;
      }
      this.#carryOut(effect, how.lost === true);
    }
    return decision.effects;
  }

  #carryOut(effect: Effect, isReplyLost: boolean): void {
    const lb = this.lb(effect.lb);
    const answer = (outcome: "done" | "refused" | "unknown", message = "") => {
      this.job = recordOutcome(
        this.job,
        effect,
        { outcome, process: outcome === "done" ? { ...lb.process } : null, message },
        this.nowMs,
      );
    };
    if (!lb.isReachable) {
      answer("unknown", "no answer");
      return;
    }
    if (lb.refuses !== null) {
      answer("refused", lb.refuses);
      return;
    }
    this.onSend(effect);
    this.sent.push({ effect, monoMs: this.monoMs });
    const server = this.at(effect.lb, effect.server);
    if (effect.kind === "set-state") this.#setState(server, effect.adminState);
    else if (!server.isStubborn) server.scur = 0;
    answer(isReplyLost ? "unknown" : "done");
  }

  /** A second, a poll, a decision: the normal life, `count` times or until the condition holds. */
  live(count: number, until?: () => boolean): boolean {
    for (let i = 0; i < count; i++) {
      this.pass();
      this.poll();
      this.run();
      if (until?.() === true) return true;
    }
    return until === undefined;
  }

  sentLines(): string[] {
    return this.sent.map(
      ({ effect }) =>
        `${effect.lb} ${effect.server} ${effect.kind === "set-state" ? effect.adminState : `end ${effect.which}`}`,
    );
  }

  texts(kind: MaintenanceEvent["kind"]): string[] {
    return this.events.filter((event) => event.kind === kind).map((event) => event.text);
  }
}

function must<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new Error(`the test's world has no ${what}`);
  return value;
}

function backendRowsOf(lb: TrueLb): BackendRow[] {
  const names = [...new Set(lb.servers.map((server) => server.id.slice(0, server.id.indexOf("/"))))];
  const quiet = { scur: 0, qcur: 0, arrivalsPerSec: 0, act: 0, bck: 0 };
  return names.map((backend) => ({ backend, mode: "http", algo: "roundrobin", cookie: "", status: "UP", ...quiet }));
}

function newServer(id: string, i: number): TrueServer {
  return {
    id,
    adminState: "ready",
    scur: 0,
    oldScur: 0,
    qcur: 0,
    stot: 0,
    isOldUnsure: false,
    lastArrivalAt: null,
    arrivalMonoMs: null,
    health: RISE + FALL - 1,
    isDead: false,
    hasCheck: true,
    weight: 100,
    uweight: 100,
    throttle: null,
    address: `10.0.0.${i + 1}:80`,
    isListed: true,
    isBackup: false,
    isStubborn: false,
  };
}

function statusOf(server: TrueServer): string {
  if (server.adminState === "maint") return "MAINT";
  if (!server.hasCheck) return server.adminState === "drain" ? "DRAIN" : "no check";
  if (server.health < RISE) return server.health === 0 ? "DOWN" : `DOWN ${server.health}/${RISE}`;
  const word = server.adminState === "drain" ? "DRAIN" : "UP";
  const left = server.health - RISE + 1;
  return left === FALL ? word : `${word} ${left}/${FALL}`;
}

function emptyHead(name: string): LoadBalancerView["head"] {
  return {
    name,
    address: `/run/${name}.sock`,
    version: "3.0.0",
    process: null,
    level: "admin",
    observedAtMs: null,
    error: null,
    upSinceAt: null,
    reloadedAtMs: null,
    oldWorkers: 0,
    pollMs: 1_000,
    problems: [],
  } as unknown as LoadBalancerView["head"];
}
