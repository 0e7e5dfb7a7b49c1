// The whole app without its pages, in this process, over real HAProxy.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, createApp } from "#server/app.ts";
import { readConfig } from "#server/config.ts";
import { silentLog } from "#server/log.ts";

const TOKEN = "bench-0123456789-0123456789";

export interface BenchApp extends AsyncDisposable {
  readonly app: App;
  readonly url: string;
  readonly token: string;
}

export async function startApp(socketPaths: readonly string[]): Promise<BenchApp> {
  const dir = mkdtempSync(join(tmpdir(), "dba-"));
  const lbs = socketPaths.flatMap((path, i) => ["--lb", `lb${i + 1}=${path}`]);
  const read = readConfig(["--listen", "127.0.0.1:0", "--data", dir, ...lbs], { DRAINBOARD_ADMIN_TOKEN: TOKEN });
  if (!read.ok) throw new Error(read.mistakes.join("\n"));
  const app = await createApp(read.config, { log: silentLog, pages: null });
  const { url } = await app.start();
  await app.fleet.pollNow(app.fleet.pollers.map((poller) => poller.name));
  return {
    ...{ app, url, token: TOKEN },
    async [Symbol.asyncDispose]() {
      await app.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
