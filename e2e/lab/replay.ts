// A load balancer of any size for benchmarks of the page: answers polls with counters that move, understands nothing else.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface ReplayOptions {
  readonly servers: number;
  /** how many of them have other numbers at every poll */
  readonly changedEachPoll: number;
}

export interface Replay {
  readonly path: string;
  stop(): Promise<void>;
}

const SERVERS_A_BACKEND = 20;
const STAT_COLUMNS =
  "pxname,svname,qcur,qmax,scur,smax,slim,stot,status,weight,act,bck,lastchg,pid,iid,sid,throttle,lbtot,tracked,type," +
  "rate,check_status,check_code,check_duration,lastsess,last_chk,agent_status,check_desc,check_rise,check_fall," +
  "check_health,addr,cookie,mode,algo,uweight";
const STATE_COLUMNS =
  "be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight " +
  "srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state " +
  "bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr " +
  "srv_agent_addr srv_agent_port";

export async function startReplay({ servers, changedEachPoll }: ReplayOptions): Promise<Replay> {
  const dir = mkdtempSync(join(tmpdir(), "dbr-"));
  const path = join(dir, "replay.sock");
  const startedAtMs = Date.now();
  const rows = Array.from({ length: servers }, (_, at) => ({ at, scur: (at * 7) % 400, stot: 1_000 }));
  const sockets = new Set<Socket>();
  let nextChanged = 0;

  function move(): void {
    for (let i = 0; i < changedEachPoll; i++) {
      const row = rows[(nextChanged + i) % rows.length];
      if (row === undefined) continue;
      row.scur = (row.scur + 13) % 400;
      row.stot += 5;
    }
    nextChanged += changedEachPoll;
  }

  function poll(): string {
    move();
    const upSec = Math.floor((Date.now() - startedAtMs) / 1000) + 60;
    const info = `Name: HAProxy\nVersion: 3.2.0\nNbthread: 1\nNbproc: 1\nProcess_num: 1\nPid: 4711\nUptime_sec: ${upSec}\nStopping: 0\nStart_time_sec: ${Math.floor(startedAtMs / 1000) - 60}\n\n`;
    const stat = rows.map(({ at, scur, stot }) => {
      const place = `${placeOf(at).backend},${placeOf(at).server}`;
      return `${place},0,0,${scur},400,,${stot},UP,100,1,0,${upSec},1,${placeOf(at).iid},${placeOf(at).sid},,${stot},,2,5,L7OK,200,1,0,,,,2,3,4,10.0.0.1:80,c${at},http,,100,`;
    });
    const state = rows.map(({ at }) => {
      const { backend, server, iid, sid } = placeOf(at);
      return `${iid} ${backend} ${sid} ${server} 10.0.0.1 2 0 100 100 ${upSec} 15 3 4 6 0 0 0 - 80 - 0 0 - - 0`;
    });
    const backends = Array.from({ length: Math.ceil(servers / SERVERS_A_BACKEND) }, (_, at) => {
      const { backend, iid } = placeOf(at * SERVERS_A_BACKEND);
      return `${backend},BACKEND,0,0,0,0,,0,UP,100,20,0,${upSec},1,${iid},0,,0,,1,0,,,,0,,,,,,,,COOKIE,http,roundrobin,100,`;
    });
    return `${info}# ${STAT_COLUMNS},\n${[...stat, ...backends].join("\n")}\n\n1\n# ${STATE_COLUMNS}\n${state.join("\n")}\n\n`;
  }

  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => sockets.delete(socket));
    socket.once("data", (chunk) => {
      const line = chunk.toString("latin1").trim();
      socket.end(line.includes("show stat") ? poll() : line === "show cli level" ? "admin\n\n" : "Unknown command\n\n");
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  return {
    path,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function placeOf(at: number): { backend: string; server: string; iid: number; sid: number } {
  const group = Math.floor(at / SERVERS_A_BACKEND);
  const sid = (at % SERVERS_A_BACKEND) + 1;
  return { backend: `B${group + 1}`, server: `srv${sid}`, iid: group + 2, sid };
}
