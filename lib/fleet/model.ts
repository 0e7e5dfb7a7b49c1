// From the bytes of one poll to the view of one load balancer. Holds what must be remembered between polls: the last
// counters (for arrivals), when each server was last busy, what a full glass stands for. Pure: time is an argument.
//
// A poll is taken whole or not at all. A reply of a process that was replaced is refused, so that an old worker that
// still answers at the moment of a reload never passes for the new one (seen on 3.0 and 3.2, haproxy.md rule 2).
import { adminStateOf } from "#lib/haproxy/admin-state.ts";
import { DeltaTable, type TableRead } from "#lib/haproxy/delta-table.ts";
import { isName, type ServerId, serverId } from "#lib/haproxy/names.ts";
import type { ObserveReply } from "#lib/haproxy/reply.ts";
import { parseShowInfo, type ShowInfo } from "#lib/haproxy/show-info.ts";
import { UnreadableReply } from "#lib/haproxy/unreadable.ts";
import { requiredStatColumns, requiredStateColumns, statColumns, stateColumns } from "./columns.ts";
import { History } from "./history.ts";
import { isSameProcess, START_SLACK_SEC } from "./process.ts";
import type { BackendRow, ProcessIdentity, ServerRow } from "./view.ts";

/** Without Start_time_sec: an uptime that grew by no more than this since the last poll is the same process, whatever the app's clock did. */
const CLOCK_STEP_GAP_SEC = 30;
/**
 * A process that is being replaced stops answering at once. One that was refused as old and alone answers for so long is
 * the load balancer's: a standby's address that came back, a clock that was set back before a restart.
 */
const INSISTS_SEC = 5;
const INSISTS_REPLIES = 3;
/** Arrivals a second are averaged over this many seconds: a single second of a calm server is noise. */
const RATE_WINDOW_SEC = 5;
const RATE_SLOTS = RATE_WINDOW_SEC + 1;
/** A check that takes 3 ms, then 4, then 3 is no news: the shown value moves only by more than this. */
const CHECK_MS_SLACK = 2;
const CHECK_MS_RATIO = 0.25;
/** `lastsess` is in whole seconds, rounded down at a moment of its own: a smaller move is not an arrival. */
const LASTSESS_SLACK_SEC = 2;
const MAX_PROBLEMS = 8;
const RETIRED_KEPT = 16;

const decoder = new TextDecoder();

export type ObserveFailure = { code: "old-process" | "unreadable"; message: string };

/** Where the blocks of a whole reply are, as splitObserve of lib/haproxy/reply.ts found them. */
export type ObserveBlocks = Omit<Extract<ObserveReply, { ok: true }>, "ok">;

export type Observation =
  | {
      ok: true;
      info: ShowInfo;
      process: ProcessIdentity;
      /** this reply came from another process than the one before it */
      isNewProcess: boolean;
      /** the set or order of rows differs: a new epoch */
      isNewLayout: boolean;
      backends: readonly BackendRow[];
      servers: readonly ServerRow[];
      problems: readonly string[];
    }
  | { ok: false; failure: ObserveFailure };

/** Facts of a server that outlive one poll; one array a fact, indexed like the rows. */
interface Memory {
  stot: Float64Array;
  /** stot at the last RATE_SLOTS seconds that were observed, per server; which seconds: #rateSeconds */
  stotAt: Float64Array;
  /** when counting began: first seen, or the counter restarted */
  countedFromSec: Float64Array;
  lastArrivalAt: Float64Array;
  /** since when nobody was counted in this process; NaN: somebody is there */
  emptySinceSec: Float64Array;
  adminSinceAt: Float64Array;
  reference: Float64Array;
  oldScur: Uint32Array;
  statRow: Int32Array;
  stateRow: Int32Array;
}

/** What is the same for every server of one poll. */
interface Tick {
  isNewLayout: boolean;
  isNewProcess: boolean;
  isNewSecond: boolean;
  isNewMinute: boolean;
  rateSlot: number;
  /** -1: nothing to compare with yet */
  baseSlot: number;
  baseSec: number;
}

export class LoadBalancerModel {
  readonly history = new History();
  readonly #stat = new DeltaTable({ columns: statColumns.specs, separator: ",", key: ["pxname", "svname", "type"] });
  readonly #state = new DeltaTable({ columns: stateColumns.specs, separator: " ", key: ["be_name", "srv_name"] });
  #process: ProcessIdentity | null = null;
  /** the same moment as process.startedAt, on the app's clock: the two machines' clocks may differ */
  #startedAtHere = Number.NaN;
  #uptimeSec = 0;
  #retired: ProcessIdentity[] = [];
  /** a process refused as old that has answered ever since */
  #insisting: { process: ProcessIdentity; sinceSec: number; replies: number } | null = null;
  #servers: readonly ServerRow[] = [];
  #backends: readonly BackendRow[] = [];
  #backendStatRows: number[] = [];
  #backendStot: Float64Array = new Float64Array(0);
  #backendRate: number[] = [];
  #memory: Memory = emptyMemory(0);
  #index = new Map<ServerId, number>();
  #layoutProblems: string[] = [];
  #rateSecond = -1;
  /** the second that each slot of stotAt stands for, the same for all servers; polls may skip seconds */
  readonly #rateSeconds = new Float64Array(RATE_SLOTS).fill(Number.NaN);
  /** the tables moved on, but the rows were not built from them */
  #mustLayOut = false;
  #backendRateAt = 0;

  get process(): ProcessIdentity | null {
    return this.#process;
  }

  /** The row of a server in the last observation, for commands: a name that is not in it never reaches the socket. */
  row(id: ServerId): ServerRow | undefined {
    const index = this.#index.get(id);
    return index === undefined ? undefined : this.#servers[index];
  }

  /** Sessions assigned since its process started, as last observed; null: not listed. */
  stot(id: ServerId): number | null {
    const stot = this.#memory.stot[this.#index.get(id) ?? -1];
    return stot === undefined || Number.isNaN(stot) ? null : stot;
  }

  /**
   * Since when no session and no queued one was counted, epoch seconds; null: somebody is there, or it is not listed. A
   * session that came and went between two polls is not in it: `lastArrivalAt` tells of that one.
   */
  emptySince(id: ServerId): number | null {
    const since = this.#memory.emptySinceSec[this.#index.get(id) ?? -1];
    return since === undefined || Number.isNaN(since) ? null : since;
  }

  /**
   * Takes a whole reply to OBSERVE_LINE.
   * @param atMs when the reply began to arrive
   */
  observe(bytes: Uint8Array, blocks: ObserveBlocks, atMs: number): Observation {
    let info: ShowInfo;
    try {
      info = parseShowInfo(decoder.decode(bytes.subarray(blocks.info.start, blocks.info.end)));
    } catch (error) {
      return {
        ok: false,
        failure: { code: "unreadable", message: error instanceof Error ? error.message : String(error) },
      };
    }
    const nowSec = Math.floor(atMs / 1000);
    const process = this.#identify(info, nowSec);
    const refusal = this.#refuseOld(process, info, nowSec);
    if (refusal !== null) return { ok: false, failure: refusal };

    let stat: TableRead;
    let state: TableRead;
    try {
      stat = this.#stat.read(bytes, blocks.stat.start, blocks.stat.end);
      state = this.#state.read(bytes, blocks.servers.start, blocks.servers.end);
    } catch (error) {
      if (error instanceof UnreadableReply) return this.#unreadable(error.message);
      throw error;
    }
    const missing = [
      ...requiredStatColumns.filter((name) => stat.missing.has(name)),
      ...requiredStateColumns.filter((name) => state.missing.has(name)),
    ];
    if (missing.length > 0) return this.#unreadable(`its reply has no column ${missing.join(", ")}`);
    const isNewProcess = this.#process !== null && !isSameProcess(this.#process, process);
    const isFirst = this.#process === null;
    if (isNewProcess && this.#process !== null) this.#retire(this.#process);
    if (isNewProcess || isFirst) this.#process = process;
    this.#startedAtHere = nowSec - info.uptimeSec;
    this.#uptimeSec = info.uptimeSec;
    const isNewLayout = stat.layoutChanged || state.layoutChanged || isFirst || this.#mustLayOut;
    if (isNewLayout) this.#layOut(stat.rowCount, state.rowCount, nowSec);
    const blank = this.#firstBlank();
    if (blank !== null)
      return this.#unreadable(`server ${blank} has no readable session count, queue, weight or admin state`);
    this.#mustLayOut = false;
    this.#update(stat.changed, state.changed, nowSec, isNewLayout, isNewProcess);
    return {
      ok: true,
      info,
      process: this.#process ?? process,
      isNewProcess,
      isNewLayout,
      backends: this.#backends,
      servers: this.#servers,
      problems: [...stat.problems, ...state.problems, ...this.#layoutProblems].slice(0, MAX_PROBLEMS),
    };
  }

  /** Sessions that old worker processes still hold, as the master CLI tells. Takes effect with the next observation. */
  setOldSessions(sessions: ReadonlyMap<ServerId, number>): void {
    this.#memory.oldScur.fill(0);
    for (const [id, count] of sessions) {
      const index = this.#index.get(id);
      if (index !== undefined) this.#memory.oldScur[index] = count;
    }
  }

  /** 2.2 says only its uptime: the start follows from the app's clock, which may be set meanwhile. */
  #identify(info: ShowInfo, nowSec: number): ProcessIdentity {
    const current = this.#process;
    if (info.startTimeSec !== undefined) return { pid: info.pid, startedAt: info.startTimeSec };
    const startedAt = nowSec - info.uptimeSec;
    const grewSec = info.uptimeSec - this.#uptimeSec;
    const isSame =
      Math.abs(startedAt - this.#startedAtHere) <= START_SLACK_SEC || (grewSec >= 0 && grewSec <= CLOCK_STEP_GAP_SEC);
    return current?.pid === info.pid && isSame ? current : { pid: info.pid, startedAt };
  }

  #refuseOld(process: ProcessIdentity, info: ShowInfo, nowSec: number): ObserveFailure | null {
    const why = info.isStopping
      ? "it is stopping (an old worker after a reload)"
      : this.#whyOld(process, nowSec - info.uptimeSec);
    if (why === null) {
      this.#insisting = null;
      return null;
    }
    if (!info.isStopping && info.nbproc === 1 && this.#insists(process, nowSec)) {
      this.#insisting = null;
      this.#retired = this.#retired.filter((old) => !isSameProcess(old, process));
      return null;
    }
    return { code: "old-process", message: `process ${process.pid} answered, but ${why}` };
  }

  /** By uptime, both starts are on the app's clock: HAProxy's own may have been set back before a restart. */
  #whyOld(process: ProcessIdentity, startedAtHere: number): string | null {
    const current = this.#process;
    if (current === null || isSameProcess(current, process)) return null;
    if (this.#retired.some((old) => isSameProcess(old, process))) return "it was replaced by another one before";
    if (startedAtHere >= this.#startedAtHere - START_SLACK_SEC) return null;
    return `it is older than process ${current.pid} seen before`;
  }

  #insists(process: ProcessIdentity, nowSec: number): boolean {
    const before = this.#insisting;
    const isSame = before !== null && isSameProcess(before.process, process) && nowSec >= before.sinceSec;
    const now = isSame ? { ...before, replies: before.replies + 1 } : { process, sinceSec: nowSec, replies: 1 };
    this.#insisting = now;
    return now.replies >= INSISTS_REPLIES && nowSec - now.sinceSec >= INSISTS_SEC;
  }

  #unreadable(what: string): Observation {
    this.#mustLayOut = true;
    return { ok: false, failure: { code: "unreadable", message: `${what}; nothing of it was taken` } };
  }

  /** A blank count is not a zero: a row without one makes the whole reply unreadable. */
  #firstBlank(): ServerId | null {
    const memory = this.#memory;
    for (let i = 0; i < this.#servers.length; i++) {
      const r = memory.statRow[i] as number;
      if (
        Number.isNaN(this.#stat.num(r, statColumns.at.scur)) ||
        Number.isNaN(this.#stat.num(r, statColumns.at.stot)) ||
        Number.isNaN(this.#stat.num(r, statColumns.at.qcur)) ||
        Number.isNaN(this.#stat.num(r, statColumns.at.weight)) ||
        Number.isNaN(this.#state.num(memory.stateRow[i] as number, stateColumns.at.srv_admin_state))
      ) {
        return this.#servers[i]?.id ?? null;
      }
    }
    return null;
  }

  #retire(process: ProcessIdentity): void {
    this.#retired.push(process);
    if (this.#retired.length > RETIRED_KEPT) this.#retired.shift();
  }

  /** New set or order of rows: find each server's two rows again and carry over what is remembered by name. */
  #layOut(statCount: number, stateCount: number, nowSec: number): void {
    const S = statColumns.at;
    const A = stateColumns.at;
    const problems: string[] = [];
    const stateRowOf = new Map<ServerId, number>();
    for (let row = 0; row < stateCount; row++) {
      stateRowOf.set(serverId(this.#state.text(row, A.be_name), this.#state.text(row, A.srv_name)), row);
    }
    const statRows: number[] = [];
    const stateRows: number[] = [];
    const ids: ServerId[] = [];
    const backendRows: number[] = [];
    for (let row = 0; row < statCount; row++) {
      const type = this.#stat.num(row, S.type);
      const backend = this.#stat.text(row, S.pxname);
      if (type === 1) backendRows.push(row);
      if (type !== 2) continue;
      const server = this.#stat.text(row, S.svname);
      const id = serverId(backend, server);
      const stateRow = stateRowOf.get(id);
      if (!isName(backend) || !isName(server)) {
        problems.push(`server ${JSON.stringify(id)} has a name HAProxy does not allow; it is left out`);
      } else if (stateRow === undefined) {
        problems.push(`server ${id} is in show stat but not in show servers state; it is left out until both agree`);
      } else {
        stateRowOf.delete(id);
        ids.push(id);
        statRows.push(row);
        stateRows.push(stateRow);
      }
    }
    for (const id of stateRowOf.keys()) {
      problems.push(`server ${id} is in show servers state but not in show stat; it is left out until both agree`);
    }
    const old = this.#memory;
    const oldIndex = this.#index;
    const memory = emptyMemory(ids.length);
    const index = new Map<ServerId, number>();
    ids.forEach((id, i) => {
      index.set(id, i);
      memory.statRow[i] = statRows[i] as number;
      memory.stateRow[i] = stateRows[i] as number;
      const from = oldIndex.get(id);
      memory.adminSinceAt[i] = nowSec;
      if (from === undefined) return;
      memory.stot[i] = old.stot[from] as number;
      memory.stotAt.set(old.stotAt.subarray(from * RATE_SLOTS, (from + 1) * RATE_SLOTS), i * RATE_SLOTS);
      memory.countedFromSec[i] = old.countedFromSec[from] as number;
      memory.lastArrivalAt[i] = old.lastArrivalAt[from] as number;
      memory.emptySinceSec[i] = old.emptySinceSec[from] as number;
      memory.adminSinceAt[i] = old.adminSinceAt[from] as number;
      memory.reference[i] = old.reference[from] as number;
      memory.oldScur[i] = old.oldScur[from] as number;
    });
    const previous = this.#servers;
    this.#servers = ids.map((id) => previous[oldIndex.get(id) ?? -1] ?? blankServer(id));
    this.#memory = memory;
    this.#index = index;
    this.#layoutProblems = problems;
    this.#backendStatRows = backendRows;
    this.#backends = backendRows.map(() => blankBackend());
    this.#backendStot = new Float64Array(backendRows.length).fill(Number.NaN);
    this.#backendRate = backendRows.map(() => 0);
    this.history.layout(ids);
  }

  #update(
    statChanged: Uint32Array,
    stateChanged: Uint32Array,
    nowSec: number,
    isNewLayout: boolean,
    isNewProcess: boolean,
  ): void {
    const isNewSecond = nowSec !== this.#rateSecond;
    const isNewMinute = this.history.open(nowSec);
    let next: ServerRow[] | null = null;
    const count = this.#servers.length;
    const tick: Tick = { isNewLayout, isNewProcess, isNewSecond, isNewMinute, ...this.#rateTick(nowSec) };
    for (let i = 0; i < count; i++) {
      const old = this.#servers[i] as ServerRow;
      const row = this.#updateServer(i, old, statChanged, stateChanged, nowSec, tick);
      if (row !== old) {
        next ??= this.#servers.slice();
        next[i] = row;
      }
    }
    if (next !== null) this.#servers = next;
    this.#updateBackends(statChanged, nowSec, isNewLayout, isNewSecond);
    this.#rateSecond = nowSec;
    this.#rateSeconds[tick.rateSlot] = nowSec;
  }

  /**
   * Where this second's count goes, and what it is compared with: the oldest count within the window, else the newest
   * before it, for polls skip seconds when they are slow, late or rare.
   */
  #rateTick(nowSec: number): Pick<Tick, "rateSlot" | "baseSlot" | "baseSec"> {
    const rateSlot = ((nowSec % RATE_SLOTS) + RATE_SLOTS) % RATE_SLOTS;
    const fromSec = nowSec - RATE_WINDOW_SEC;
    let baseSlot = -1;
    let baseSec = Number.NaN;
    this.#rateSeconds.forEach((sec, slot) => {
      if (!(sec < nowSec)) return;
      const isBetter = baseSec >= fromSec ? sec >= fromSec && sec < baseSec : sec > baseSec;
      if (baseSlot >= 0 && !isBetter) return;
      baseSlot = slot;
      baseSec = sec;
    });
    return { rateSlot, baseSlot, baseSec };
  }

  #updateServer(
    i: number,
    old: ServerRow,
    statChanged: Uint32Array,
    stateChanged: Uint32Array,
    nowSec: number,
    tick: Tick,
  ): ServerRow {
    const S = statColumns.at;
    const memory = this.#memory;
    const r = memory.statRow[i] as number;
    const a = memory.stateRow[i] as number;
    const stat = this.#stat;
    const scur = orZero(stat.num(r, S.scur));
    const stot = orZero(stat.num(r, S.stot));
    const before = memory.stot[i] as number;
    // A smaller counter is a reset (reload, `clear counters all`), never a negative rate.
    const isReset = tick.isNewProcess || Number.isNaN(before) || stot < before;
    const arrivals = isReset ? 0 : stot - before;
    memory.stot[i] = stot;
    const oldScur = memory.oldScur[i] as number;
    this.history.add(i, scur + oldScur, arrivals);
    if (scur + oldScur + orZero(stat.num(r, S.qcur)) > 0) memory.emptySinceSec[i] = Number.NaN;
    else if (isReset || Number.isNaN(memory.emptySinceSec[i] as number)) memory.emptySinceSec[i] = nowSec;
    const arrivalsPerSec = this.#rate(i, stot, isReset, old, nowSec, tick);
    const lastArrivalAt = this.#lastArrival(i, stat.num(r, S.lastsess), arrivals, nowSec);

    const bits = this.#state.num(a, stateColumns.at.srv_admin_state);
    const isReady = adminStateOf(bits) === "ready";
    if (bits !== old.adminBits) {
      memory.adminSinceAt[i] = nowSec;
      // A count of short requests is noise from one poll to the next: the higher of the last two is what there was.
      const wasReady = old.adminBits >= 0 && adminStateOf(old.adminBits) === "ready";
      if (wasReady && !isReady) memory.reference[i] = Math.max(scur + oldScur, old.scur + old.oldScur);
    }
    if (isReady) {
      if (tick.isNewMinute) memory.reference[i] = this.history.peak(old.id, 60);
      if (scur + oldScur > (memory.reference[i] as number)) memory.reference[i] = scur + oldScur;
    } else if (scur + oldScur > (memory.reference[i] as number)) {
      // More came back than was there lately, or the app started after the drain: a glass is never over full.
      memory.reference[i] = scur + oldScur;
    }

    const hasNews =
      tick.isNewLayout ||
      ((statChanged[r] ?? 0) & statColumns.newsMask) !== 0 ||
      ((stateChanged[a] ?? 0) & stateColumns.newsMask) !== 0 ||
      arrivalsPerSec !== old.arrivalsPerSec ||
      lastArrivalAt !== old.lastArrivalAt ||
      oldScur !== old.oldScur ||
      memory.reference[i] !== old.reference ||
      memory.adminSinceAt[i] !== old.adminSinceAt;
    if (!hasNews) return old;
    const row = this.#serverRow(i, r, a, old, { scur, oldScur, arrivalsPerSec, lastArrivalAt, bits, nowSec });
    return isSameRow(old, row) ? old : row;
  }

  #rate(i: number, stot: number, isReset: boolean, old: ServerRow, nowSec: number, tick: Tick): number {
    const memory = this.#memory;
    const first = i * RATE_SLOTS;
    if (isReset) {
      memory.stotAt.fill(stot, first, first + RATE_SLOTS);
      memory.countedFromSec[i] = nowSec;
      return 0;
    }
    if (!tick.isNewSecond) return old.arrivalsPerSec;
    // the slot that this second takes may hold what is compared with
    const before = tick.baseSlot < 0 ? stot : (memory.stotAt[first + tick.baseSlot] as number);
    memory.stotAt[first + tick.rateSlot] = stot;
    if (stot === before) return 0;
    const rate = (stot - before) / Math.max(1, nowSec - Math.max(tick.baseSec, memory.countedFromSec[i] as number));
    return rate >= 10 ? Math.round(rate) : Math.round(rate * 10) / 10;
  }

  #lastArrival(i: number, lastsess: number, arrivals: number, nowSec: number): number | null {
    const memory = this.#memory;
    const known = memory.lastArrivalAt[i] as number;
    const said = Number.isNaN(lastsess) || lastsess < 0 ? Number.NaN : nowSec - lastsess;
    let at = known;
    if (arrivals > 0) at = Number.isNaN(said) ? nowSec : Math.max(said, Number.isNaN(known) ? said : known);
    else if (!Number.isNaN(said) && (Number.isNaN(known) || said > known + LASTSESS_SLACK_SEC)) at = said;
    if (Number.isNaN(at)) at = this.#startedAtHere;
    memory.lastArrivalAt[i] = at;
    return Number.isNaN(at) ? null : at;
  }

  #serverRow(
    i: number,
    r: number,
    a: number,
    old: ServerRow,
    now: {
      scur: number;
      oldScur: number;
      arrivalsPerSec: number;
      lastArrivalAt: number | null;
      bits: number;
      nowSec: number;
    },
  ): ServerRow {
    const S = statColumns.at;
    const A = stateColumns.at;
    const stat = this.#stat;
    const memory = this.#memory;
    const rawCheck = stat.text(r, S.check_status);
    // "* L7OK" is a check under way; its text column is blank for that moment (haproxy.md 4.6)
    const isChecking = rawCheck.startsWith("* ");
    const checkStatus = isChecking ? rawCheck.slice(2) : rawCheck;
    const checkText = stat.text(r, S.last_chk);
    const lastchg = stat.num(r, S.lastchg);
    const changeAt = Number.isNaN(lastchg) ? null : now.nowSec - lastchg;
    const isJitter =
      changeAt !== null && old.lastChangeAt !== null && Math.abs(changeAt - old.lastChangeAt) <= LASTSESS_SLACK_SEC;
    const tracked = stat.text(r, S.tracked);
    return {
      id: old.id,
      backend: old.backend,
      server: old.server,
      scur: now.scur,
      oldScur: now.oldScur,
      qcur: orZero(stat.num(r, S.qcur)),
      arrivalsPerSec: now.arrivalsPerSec,
      lastArrivalAt: now.lastArrivalAt,
      adminBits: now.bits,
      srvOpState: orZero(this.#state.num(a, A.srv_op_state)),
      status: stat.text(r, S.status),
      weight: orZero(stat.num(r, S.weight)),
      uweight: orNull(this.#state.num(a, A.srv_uweight)),
      iweight: orNull(this.#state.num(a, A.srv_iweight)),
      throttle: orNull(stat.num(r, S.throttle)),
      reference: memory.reference[i] as number,
      checkStatus,
      checkCode: isChecking && checkStatus === old.checkStatus ? old.checkCode : orNull(stat.num(r, S.check_code)),
      checkMs: steady(old.checkMs, isChecking ? Number.NaN : stat.num(r, S.check_duration), isChecking),
      checkText: isChecking && checkText === "" ? old.checkText : checkText,
      checkRise: orNull(stat.num(r, S.check_rise)),
      checkFall: orNull(stat.num(r, S.check_fall)),
      checkHealth: orNull(stat.num(r, S.check_health)),
      agentStatus: stat.text(r, S.agent_status).replace(/^\* /, ""),
      lastChangeAt: isJitter ? old.lastChangeAt : changeAt,
      adminSinceAt: memory.adminSinceAt[i] as number,
      address: stat.text(r, S.addr),
      cookie: stat.text(r, S.cookie),
      isBackup: stat.num(r, S.bck) === 1,
      slim: orNull(stat.num(r, S.slim)),
      tracked: tracked === "" ? null : tracked,
    };
  }

  #updateBackends(statChanged: Uint32Array, nowSec: number, isNewLayout: boolean, isNewSecond: boolean): void {
    const S = statColumns.at;
    const stat = this.#stat;
    const elapsed = nowSec - this.#backendRateAt;
    // below 0: the app's clock was set back
    const isRateTick = isNewSecond && (elapsed >= RATE_WINDOW_SEC || elapsed < 0 || isNewLayout);
    if (isRateTick) this.#backendRateAt = nowSec;
    let next: BackendRow[] | null = null;
    this.#backendStatRows.forEach((r, i) => {
      const old = this.#backends[i] as BackendRow;
      if (isRateTick) {
        const stot = orZero(stat.num(r, S.stot));
        const before = this.#backendStot[i] as number;
        const rate = Number.isNaN(before) || stot < before ? 0 : (stot - before) / Math.max(1, elapsed);
        this.#backendRate[i] = rate >= 10 ? Math.round(rate) : Math.round(rate * 10) / 10;
        this.#backendStot[i] = stot;
      }
      const rate = this.#backendRate[i] ?? 0;
      if (!isNewLayout && rate === old.arrivalsPerSec && ((statChanged[r] ?? 0) & statColumns.newsMask) === 0) return;
      const row: BackendRow = {
        backend: stat.text(r, S.pxname),
        mode: stat.text(r, S.mode),
        algo: stat.text(r, S.algo),
        cookie: stat.text(r, S.cookie),
        status: stat.text(r, S.status),
        scur: orZero(stat.num(r, S.scur)),
        qcur: orZero(stat.num(r, S.qcur)),
        arrivalsPerSec: rate,
        act: orZero(stat.num(r, S.act)),
        bck: orZero(stat.num(r, S.bck)),
      };
      if (isSameRow(old, row)) return;
      next ??= this.#backends.slice();
      next[i] = row;
    });
    if (next !== null) this.#backends = next;
  }
}

/** A shown duration that does not flicker: see CHECK_MS_SLACK. */
function steady(shown: number | null, measured: number, keepWhenBlank: boolean): number | null {
  if (Number.isNaN(measured)) return keepWhenBlank ? shown : null;
  if (shown === null) return measured;
  return Math.abs(measured - shown) > Math.max(CHECK_MS_SLACK, shown * CHECK_MS_RATIO) ? measured : shown;
}

function orZero(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function isSameRow<R extends object>(a: R, b: R): boolean {
  for (const key in b) if (a[key] !== b[key]) return false;
  return true;
}

/** Stands in until the first build of a new layout, in the same call; never leaves this file. */
function blankServer(id: ServerId): ServerRow {
  const slash = id.indexOf("/");
  return {
    id,
    backend: id.slice(0, slash),
    server: id.slice(slash + 1),
    scur: 0,
    oldScur: 0,
    qcur: 0,
    arrivalsPerSec: 0,
    lastArrivalAt: null,
    adminBits: -1,
    srvOpState: 0,
    status: "",
    weight: 0,
    uweight: null,
    iweight: null,
    throttle: null,
    reference: 0,
    checkStatus: "",
    checkCode: null,
    checkMs: null,
    checkText: "",
    checkRise: null,
    checkFall: null,
    checkHealth: null,
    agentStatus: "",
    lastChangeAt: null,
    adminSinceAt: null,
    address: "",
    cookie: "",
    isBackup: false,
    slim: null,
    tracked: null,
  };
}

function blankBackend(): BackendRow {
  return {
    backend: "",
    mode: "",
    algo: "",
    cookie: "",
    status: "",
    scur: 0,
    qcur: 0,
    arrivalsPerSec: 0,
    act: 0,
    bck: 0,
  };
}

function emptyMemory(count: number): Memory {
  return {
    stot: new Float64Array(count).fill(Number.NaN),
    stotAt: new Float64Array(count * RATE_SLOTS),
    countedFromSec: new Float64Array(count),
    lastArrivalAt: new Float64Array(count).fill(Number.NaN),
    emptySinceSec: new Float64Array(count).fill(Number.NaN),
    adminSinceAt: new Float64Array(count),
    reference: new Float64Array(count),
    oldScur: new Uint32Array(count),
    statRow: new Int32Array(count),
    stateRow: new Int32Array(count),
  };
}
