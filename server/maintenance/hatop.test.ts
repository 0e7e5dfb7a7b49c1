// hatop is the tool that many use today, often at the same time. Runs where it and tmux are installed.
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { APP_PORT } from "#lab/configs.ts";
import { until } from "#lab/net.ts";
import { tempDir } from "#server/store/testing/temp-dir.ts";
import { arrive, bitsOf, cookieOf, reaches, record, SRV1, start, startApp, startStage } from "./testing/stage.ts";

const isInstalled = [
  ["tmux", "-V"],
  ["hatop", "--version"],
].every(([tool = "", flag = ""]) => spawnSync(tool, [flag]).status === 0);

test.skipIf(!isInstalled)(
  "[M40] hatop sets a state during a maintenance: overridden, nothing is set back",
  async () => {
    const stage = await startStage();
    const app = await startApp(stage);
    await arrive(stage.lbs[0].port(APP_PORT), 300, cookieOf(SRV1));
    const id = await start(app, {});
    const sent = async () => (await record(app, id)).filter((line) => line.startsWith("command:")).length;
    await until("drained and confirmed", async () => (await sent()) === 2);

    using dir = tempDir();
    const tmux = (...words: string[]) => execFileSync("tmux", ["-S", join(dir.path, "tmux"), ...words]).toString();
    tmux("new-session", "-d", "-s", "hatop", "-x", "150", "-y", "40", `hatop -i 1 -m 5 -s ${stage.lbs[0].adminSocket}`);
    onTestFinished(() => void spawnSync("tmux", ["-S", join(dir.path, "tmux"), "kill-server"]));
    const screen = () => tmux("capture-pane", "-p", "-t", "hatop");
    await until("hatop takes commands", () => /^>/m.test(screen()));
    tmux("send-keys", "-t", "hatop", `disable server ${SRV1}`, "Enter");

    const over = await reaches(app, id, "overridden");
    tmux("kill-server");
    expect(over.servers[0]!.note).toMatch(
      /On lb1 it is maint now, it was drain.*Left as it is elsewhere: drain on lb2/,
    );
    expect(await bitsOf(stage)).toEqual([1, 8]);
    expect(await sent()).toBe(2);
  },
);
