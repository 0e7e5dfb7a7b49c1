// Read the configuration, start, wait for a signal, stop. Standard output carries what contract.md promises and the
// set-up link; everything else is the log, on standard error.
import { readFileSync } from "node:fs";
import { type AppOverrides, createApp, StartError } from "./app.ts";
import { type Config, printOnly, readConfig } from "./config.ts";
import { createLog, type Log } from "./log.ts";
import { StoreError } from "./store/errors.ts";

const EXIT_WRONG_START = 2;
const STOP_WITHIN_MS = 5_000;

/** The whole life of the process; it ends only by process.exit(). Tests run it without pages. */
export async function main(
  argv: readonly string[],
  env: Record<string, string | undefined>,
  overrides: Partial<AppOverrides> = {},
): Promise<void> {
  keepStdout();
  const text = printOnly(argv, packageVersion());
  if (text !== null) {
    say(text);
    process.exit(0);
  }
  const read = readConfig(argv, env);
  if (!read.ok) {
    for (const mistake of read.mistakes) console.error(mistake);
    process.exit(EXIT_WRONG_START);
  }
  const log = createLog();
  try {
    await serve(read.config, { log, ...overrides });
  } catch (error) {
    if (error instanceof StartError || error instanceof StoreError) console.error(error.message);
    else console.error(error);
    process.exit(EXIT_WRONG_START);
  }
}

async function serve(config: Config, overrides: AppOverrides): Promise<void> {
  const app = await createApp(config, overrides);
  // Before it listens: who starts it may end it at once.
  stopOnSignals(() => app.stop(), overrides.log);
  const { certificate } = app;
  // Only then: without a certificate to read again, a closed terminal ends the app as it does every program.
  if (certificate !== null) process.on("SIGHUP", certificate.reload);
  const { url } = await app.start();
  const setup = app.auth.setupLink(config.publicUrl ?? url);
  if (setup !== null) say(`nobody can sign in yet; open this link once to choose a password: ${setup}`);
  if (app.fleet.pollers.length === 0)
    overrides.log.info("no load balancer is configured; the first page says how to connect one");
  say(`listening on ${url}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Next tells of its start with console.log; scripts read our standard output line by line. */
function keepStdout(): void {
  console.log = console.error;
  console.info = console.error;
}

function stopOnSignals(stop: () => Promise<void>, log: Log): void {
  let isStopping = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (isStopping) return;
      isStopping = true;
      log.info({ signal }, "stopping");
      setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
      stop().then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ err: error }, "stopping failed");
          process.exit(1);
        },
      );
    });
  }
}

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return version;
}
