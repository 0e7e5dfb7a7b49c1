// A small HAProxy in memory, to stand behind fake-haproxy.ts where a test needs a process that can be changed at will:
// another pid, a stopping process, counters that jump, commands that answer success and do nothing.
import type { FakeAnswer } from "./fake-haproxy.ts";

export interface ModelServer {
  backend: string;
  server: string;
  adminBits: number;
  /** `srv_op_state`: 0 stopped, 1 starting, 2 running, 3 stopping */
  opState: number;
  scur: number;
  qcur: number;
  stot: number;
  lastsess: number;
  weight: number;
  isBackup: boolean;
  cookie: string;
}

export interface FakeModel {
  version: string;
  pid: number;
  uptimeSec: number;
  /** epoch seconds; null prints none, as 2.2 does */
  startTimeSec: number | null;
  isStopping: boolean;
  level: "admin" | "operator" | "user";
  /** `set server` answers success and changes nothing */
  lies: boolean;
  servers: ModelServer[];
  /** one answer for one line, commands separated by `;` */
  answer(line: string): string;
  /** for startFake */
  script(line: string): FakeAnswer;
}

export function modelServer(backend: string, server: string, facts: Partial<ModelServer> = {}): ModelServer {
  return {
    backend,
    server,
    adminBits: 0,
    opState: 2,
    scur: 0,
    qcur: 0,
    stot: 0,
    lastsess: -1,
    weight: 100,
    isBackup: false,
    cookie: server.toLowerCase(),
    ...facts,
  };
}

export function fakeModel(
  servers: ModelServer[],
  facts: Partial<Omit<FakeModel, "servers" | "answer" | "script">> = {},
): FakeModel {
  const model: FakeModel = {
    version: "3.2.26-1",
    pid: 4_711,
    uptimeSec: 60,
    startTimeSec: 1_700_000_000,
    isStopping: false,
    level: "admin",
    lies: false,
    ...facts,
    servers,
    answer: (line) =>
      line
        .split(";")
        .map((command) => answerOne(model, command.trim()))
        .join(""),
    script: (line) => ({ kind: "reply", text: model.answer(line) }),
  };
  return model;
}

const BITS = { ready: 0x00, drain: 0x08, maint: 0x01 } as const;

function answerOne(model: FakeModel, command: string): string {
  if (command === "show info") return showInfo(model);
  if (command.startsWith("show stat")) return showStat(model);
  if (command.startsWith("show servers state")) return showServersState(model, command.split(" ")[3]);
  if (command === "show cli level") return `${model.level}\n\n`;
  // It counts sessions and names none.
  if (command.startsWith("show sess")) return "\n";
  const set = /^set server (\S+)\/(\S+) state (ready|drain|maint)$/.exec(command);
  if (set === null) return `Unknown command: '${command.split(" ")[0]}'\n\n`;
  if (model.level !== "admin") return "Permission denied\n\n";
  const [, backend, name, adminState = "ready"] = set;
  if (!model.servers.some((one) => one.backend === backend)) return "No such backend.\n\n";
  const server = model.servers.find((one) => one.backend === backend && one.server === name);
  if (server === undefined) return "No such server.\n\n";
  if (!model.lies) server.adminBits = BITS[adminState as keyof typeof BITS];
  return "\n";
}

function showInfo(model: FakeModel): string {
  const start = model.startTimeSec === null ? "" : `Start_time_sec: ${model.startTimeSec}\n`;
  return (
    `Name: HAProxy\nVersion: ${model.version}\nNbthread: 1\nNbproc: 1\nProcess_num: 1\nPid: ${model.pid}\n` +
    `Uptime: 0d 0h01m00s\nUptime_sec: ${model.uptimeSec}\nCurrConns: 0\nMaxconn: 1000\n` +
    `Stopping: ${model.isStopping ? 1 : 0}\n${start}\n`
  );
}

const STAT_COLUMNS = [
  ...["pxname", "svname", "qcur", "qmax", "scur", "smax", "slim", "stot", "status", "weight", "act", "bck"],
  ...["lastchg", "pid", "iid", "sid", "throttle", "lbtot", "tracked", "type", "rate", "check_status", "check_code"],
  ...["check_duration", "lastsess", "last_chk", "agent_status", "check_desc", "check_rise", "check_fall"],
  ...["check_health", "addr", "cookie", "mode", "algo", "uweight"],
] as const;
type StatCells = Partial<Record<(typeof STAT_COLUMNS)[number], string | number>>;

function showStat(model: FakeModel): string {
  const isUser = model.level === "user";
  const rows: StatCells[] = backendsOf(model).flatMap((backend, index) => {
    const iid = index + 2;
    const own = model.servers.filter((one) => one.backend === backend);
    const common = { pxname: backend, iid, pid: 1, mode: "http" };
    const servers = own.map(
      (one, at): StatCells => ({
        ...common,
        svname: one.server,
        sid: at + 1,
        type: 2,
        qcur: one.qcur,
        scur: one.scur,
        stot: one.stot,
        lbtot: one.stot,
        status: statusOf(one),
        weight: one.weight,
        uweight: one.weight,
        act: one.isBackup ? 0 : 1,
        bck: one.isBackup ? 1 : 0,
        lastchg: model.uptimeSec,
        lastsess: one.lastsess,
        addr: isUser ? "" : `127.0.0.1:${8_000 + at}`,
        cookie: isUser ? "" : one.cookie,
      }),
    );
    const usable = own.filter((one) => one.opState > 0 && (one.adminBits & 0x3b) === 0);
    const backendRow: StatCells = {
      ...common,
      svname: "BACKEND",
      sid: 0,
      type: 1,
      qcur: 0,
      scur: own.reduce((sum, one) => sum + one.scur, 0),
      stot: own.reduce((sum, one) => sum + one.stot, 0),
      status: usable.length > 0 ? "UP" : "DOWN",
      weight: usable.reduce((sum, one) => sum + one.weight, 0),
      act: usable.filter((one) => !one.isBackup).length,
      bck: usable.filter((one) => one.isBackup).length,
      lastchg: model.uptimeSec,
      lastsess: Math.max(-1, ...own.map((one) => one.lastsess)),
      cookie: isUser ? "" : "HAPROXY_SESSION",
      algo: isUser ? "" : "roundrobin",
    };
    return [...servers, backendRow];
  });
  const lines = rows.map((row) => `${STAT_COLUMNS.map((name) => row[name] ?? "").join(",")},`);
  return `# ${STAT_COLUMNS.join(",")},\n${lines.map((line) => `${line}\n`).join("")}\n`;
}

function statusOf(server: ModelServer): string {
  if (server.adminBits & 0x23) return "MAINT";
  if (server.adminBits & 0x18) return "DRAIN";
  return server.opState === 0 ? "DOWN" : "UP";
}

const STATE_HEADER =
  "# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight " +
  "srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state " +
  "bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr " +
  "srv_agent_addr srv_agent_port";

function showServersState(model: FakeModel, only: string | undefined): string {
  const lines = backendsOf(model).flatMap((backend, index) =>
    model.servers
      .filter((one) => one.backend === backend && (only === undefined || only === backend))
      .map(
        (one, at) =>
          `${index + 2} ${backend} ${at + 1} ${one.server} 127.0.0.1 ${one.opState} ${one.adminBits} ${one.weight} ` +
          `${one.weight} ${model.uptimeSec} 6 3 4 6 0 0 0 - ${8_000 + at} - 0 0 - - 0`,
      ),
  );
  return `1\n${STATE_HEADER}\n${lines.map((line) => `${line}\n`).join("")}\n`;
}

function backendsOf(model: FakeModel): string[] {
  return [...new Set(model.servers.map((one) => one.backend))];
}
