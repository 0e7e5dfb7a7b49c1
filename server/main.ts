// Read the configuration, start, wait for a signal, stop. Standard output carries what contract.md promises and the
// set-up link; everything else is the log, on standard error.
import { readFileSync } from "node:fs";
import { createApp, StartError } from "./app.ts";
import { printOnly, readConfig } from "./config.ts";
import { createLog } from "./log.ts";
import { StoreError } from "./store/errors.ts";

const EXIT_WRONG_START = 2;
const STOP_WITHIN_MS = 5_000;

const argv = process.argv.slice(2);
const text = printOnly(argv, packageVersion());
if (text !== null) {
  console.log(text);
  process.exit(0);
}
const read = readConfig(argv, process.env);
if (!read.ok) {
  for (const mistake of read.mistakes) console.error(mistake);
  process.exit(EXIT_WRONG_START);
}

const log = createLog();
try {
  const app = await createApp(read.config, { log });
  const { url } = await app.start();
  const setup = app.auth.setupLink(read.config.publicUrl ?? url);
  if (setup !== null) console.log(`nobody can sign in yet; open this link once to choose a password: ${setup}`);
  if (read.config.loadBalancers.length === 0)
    console.log("no load balancer is configured; the first page says how to connect one");
  console.log(`listening on ${url}`);

  let isStopping = false;
  const stop = (signal: string) => {
    if (isStopping) return;
    isStopping = true;
    log.info({ signal }, "stopping");
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    app.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, "stopping failed");
        process.exit(1);
      },
    );
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop(signal));
} catch (error) {
  if (error instanceof StartError || error instanceof StoreError) console.error(error.message);
  else console.error(error);
  process.exit(EXIT_WRONG_START);
}

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return version;
}
