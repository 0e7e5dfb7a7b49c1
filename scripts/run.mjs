// The one entry of every npm script: any Node >= 18 with nothing installed runs it. It installs what is missing, finds a
// Node that is new enough, builds when the pages changed, and hands over. Only the program's own output goes to stdout.
import { buildIfChanged, chooseNode, installDependencies } from "./setup.mjs";
import { die, run, say } from "./shell.mjs";

const [command, ...args] = process.argv.slice(2);

const commands = {
  async start(tools) {
    buildIfChanged(tools);
    return run(tools.node, ["server/main.ts", ...args], { ...tools.env, NODE_ENV: "production" });
  },
  async demo(tools) {
    const { haproxy } = await import("./test-tools.mjs");
    const found = haproxy();
    if (!found.bin) die(`the demo runs real HAProxy and none was found. ${found.why}`);
    buildIfChanged(tools);
    const env = { ...tools.env, NODE_ENV: "production", HAPROXY_BIN: found.bin };
    return run(tools.node, ["server/demo/main.ts", ...args], env);
  },
  async test(tools) {
    const { runSuite } = await import("./suite.mjs");
    return runSuite(tools, args);
  },
  async check(tools) {
    const { runSuite } = await import("./suite.mjs");
    return runSuite(tools, ["lock", "lint", "types"]);
  },
  async bench(tools) {
    const { chromium, haproxy } = await import("./test-tools.mjs");
    const found = haproxy();
    if (!found.bin) die(`the benchmarks run real HAProxy and none was found. ${found.why}`);
    buildIfChanged(tools);
    const env = { ...tools.env, NODE_ENV: "production", HAPROXY_BIN: found.bin };
    const code = await run(tools.node, ["server/bench/main.ts", ...args], env);
    // The page's own cost (P8) needs a browser and two minutes: part of a whole run only.
    if (code !== 0 || args.includes("--only") || args.includes("--quick")) return code;
    const browser = chromium();
    if (browser.bin) return run(tools.node, ["e2e/bench/tick.ts"], { ...env, CHROMIUM_PATH: browser.bin });
    say(`P8, what a poll costs the page, is not measured: no Chromium. ${browser.why}`);
    return code;
  },
  async build(tools) {
    buildIfChanged(tools);
    return 0;
  },
  async drainboard(tools) {
    return run(tools.node, ["server/cli/main.ts", ...args], tools.env);
  },
};

if (command === undefined || !Object.hasOwn(commands, command)) {
  die(`unknown command ${JSON.stringify(command ?? "")}; write one of: ${Object.keys(commands).join(", ")}`, 2);
}
installDependencies();
process.exitCode = await commands[command](chooseNode());
