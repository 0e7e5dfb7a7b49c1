// `npm run demo`: starts the stage and the app, says what runs where, and ends all of it on Ctrl-C.
import { randomBytes, randomInt } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { passwordMistake } from "#lib/auth/password-rule.ts";
import { APP_PROGRAM, startApp } from "./app-process.ts";
import type { Child } from "./child.ts";
import { statusLine } from "./counters.ts";
import { DemoError } from "./demo-error.ts";
import { findHaproxy } from "./haproxy.ts";
import { demoStatus } from "./messages.ts";
import { type DemoOptions, readOptions, usage } from "./options.ts";
import { whyNotListen } from "./ports.ts";
import { type Stage, startStage } from "./stage.ts";
import { createTerminal, type Terminal } from "./terminal.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const PASSWORD_FILE = "demo-admin-password";

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (options === null) {
      console.log(usage);
      return 0;
    }
    return await run(options);
  } catch (cause) {
    if (!(cause instanceof DemoError)) throw cause;
    console.error(`demo: ${cause.message}`);
    return 2;
  }
}

async function run(options: DemoOptions): Promise<number> {
  const binary = findHaproxy(process.env);
  if (options.hasApp) await refuseTakenPort(options);
  const runDir = options.runDir === null ? mkdtempSync(join(tmpdir(), "drainboard-")) : resolve(options.runDir);
  const isOwnRunDir = options.runDir === null;
  const seed = options.seed ?? randomInt(2 ** 32);
  const terminal = createTerminal((line) => console.log(line));

  const over = Promise.withResolvers<number>();
  for (const signal of SIGNALS) process.on(signal, () => over.resolve(0));
  const onUnexpectedEnd = (child: Child, how: string) => {
    terminal.say(`${child.name} (pid ${child.pid}) ended unexpectedly, with ${how}`);
    // A load balancer that dies is something to watch on the board; without the others there is nothing to watch.
    if (child.name === "app" || child.name === "origins" || child.name === "users") over.resolve(1);
    else terminal.say(`the demo goes on without ${child.name}`);
  };

  const running: { stage?: Stage; app?: Child } = {};
  const stopAll = async () => {
    await Promise.all([running.app?.stop(), running.stage?.stop()]);
    terminal.flush();
  };
  try {
    const stage = await startStage({
      binary,
      runDir,
      seed,
      users: options.users,
      hasTrouble: options.hasTrouble,
      say: terminal.say,
      onUnexpectedEnd,
    });
    running.stage = stage;
    introduce(stage, { options, seed, runDir, binary }, terminal);
    if (options.hasApp) {
      const onStart = (app: Child) => {
        running.app = app;
        stage.guard([app.pid]);
      };
      // Ctrl-C does not wait for an app that is slow to start.
      await Promise.race([openApp({ stage, options, runDir, terminal, onStart, onUnexpectedEnd }), over.promise]);
    }
    const timer = options.seconds === null ? undefined : setTimeout(() => over.resolve(0), options.seconds * 1000);
    const exitCode = await over.promise;
    clearTimeout(timer);
    await stopAll();
    terminal.say(`stopped: ${summary(stage)}`);
    return exitCode;
  } finally {
    await stopAll();
    if (isOwnRunDir) rmSync(runDir, { recursive: true, force: true });
  }
}

async function refuseTakenPort({ host, port }: DemoOptions): Promise<void> {
  const why = await whyNotListen(host, port);
  if (why === null) return;
  const what = why === "EADDRINUSE" ? "is taken by another program" : `cannot be listened on (${why})`;
  throw new DemoError(`${hostPort(host, port)} ${what}; choose another with: npm run demo -- --listen 127.0.0.1:4000`);
}

interface Introduction {
  readonly options: DemoOptions;
  readonly seed: number;
  readonly runDir: string;
  readonly binary: string;
}

function introduce(stage: Stage, { options, seed, runDir, binary }: Introduction, terminal: Terminal): void {
  for (const lb of stage.loadBalancers) {
    terminal.say(
      `${lb.name}      ${binary}, pid ${lb.process.pid}, web http://127.0.0.1:${lb.ports.http}/app1/, socket ${lb.socketPath}`,
    );
  }
  terminal.say(`origins  pid ${stage.origins.pid}, session files in ${join(runDir, "sessions")}`);
  terminal.say(`users    pid ${stage.users.pid}, about ${options.users}, seed ${seed}, counted in ${stage.statusFile}`);
  const balancers = stage.loadBalancers.map((lb) => ({
    name: lb.name,
    socket: lb.socketPath,
    master: lb.masterPath,
    pid: lb.process.pid,
    http: lb.ports.http,
    auth: lb.ports.auth,
  }));
  writeFileSync(join(runDir, "demo.json"), `${JSON.stringify({ seed, loadBalancers: balancers }, null, 2)}\n`);
  if (options.hasApp) return;
  const args = stage.loadBalancers.map((lb) => `--lb ${lb.name}=${lb.socketPath}`).join(" ");
  terminal.say(`no app: point one at them with npm start -- ${args}`);
}

interface Opening {
  readonly stage: Stage;
  readonly options: DemoOptions;
  readonly runDir: string;
  readonly terminal: Terminal;
  readonly onStart: (app: Child) => void;
  readonly onUnexpectedEnd: (child: Child, how: string) => void;
}

async function openApp({ stage, options, runDir, terminal, onStart, onUnexpectedEnd }: Opening): Promise<void> {
  const dataDir = options.dataDir === null ? join(runDir, "data") : resolve(options.dataDir);
  const password = choosePassword(dataDir, process.env.DRAINBOARD_ADMIN_PASSWORD);
  let isServing = false;
  const { app, url } = await startApp({
    program: APP_PROGRAM,
    loadBalancers: stage.loadBalancers,
    listen: hostPort(options.host, options.port),
    dataDir,
    password: password.text,
    logFile: join(runDir, "app.log"),
    env: process.env,
    onStart,
    // Until it serves, its end is an error of the start, told once with the app's own words.
    onUnexpectedEnd: (child, how) => {
      if (isServing) onUnexpectedEnd(child, how);
    },
  });
  isServing = true;
  terminal.say(`app      pid ${app.pid}, log ${join(runDir, "app.log")}`);
  const shown = url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
  terminal.say("");
  terminal.say(`  Open     ${shown}/sign-in`);
  terminal.say("  User     admin");
  terminal.say(`  Password ${password.isKnown ? password.text : `the one ${dataDir} was first started with`}`);
  terminal.say("");
  terminal.say("Drain a server on the board and watch its users leave. Ctrl-C ends the demo.");
}

/**
 * The app creates its admin at the first start in a data directory only, so the password is remembered beside it. A
 * directory that someone else's app made keeps the password it has.
 */
function choosePassword(dataDir: string, wanted: string | undefined): { text: string; isKnown: boolean } {
  const file = join(dataDir, PASSWORD_FILE);
  if (existsSync(file)) return { text: readFileSync(file, "utf8").trim(), isKnown: true };
  const text = wanted || randomBytes(9).toString("base64url");
  const mistake = passwordMistake(text);
  if (mistake !== null) throw new DemoError(`DRAINBOARD_ADMIN_PASSWORD: ${mistake}`);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  if (readdirSync(dataDir).length > 0) return { text, isKnown: false };
  writeFileSync(file, `${text}\n`, { mode: 0o600 });
  return { text, isKnown: true };
}

function summary(stage: Stage): string {
  try {
    return statusLine(demoStatus.parse(JSON.parse(readFileSync(stage.statusFile, "utf8"))));
  } catch {
    return "the users had not begun";
  }
}

function hostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
