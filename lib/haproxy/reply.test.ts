import { describe, expect, test } from "vitest";
import { splitObserve, stateReply } from "./reply.ts";
import { parseShowInfo } from "./show-info.ts";
import { parseShowServersState } from "./show-servers-state.ts";
import { parseShowStat } from "./show-stat.ts";
import { fixtureBytes, fixtureText, observeFixtures, versions } from "./testing/fixtures.ts";

const captures = versions.flatMap((version) => observeFixtures.map((name) => ({ version, name })));

describe.each(captures)("the reply of $version in $name", ({ version, name }) => {
  const bytes = fixtureBytes(version, name);
  const whole = bytes.toString();

  test("is split into three blocks that the plain parsers read", () => {
    const reply = splitObserve(bytes);
    if (!reply.ok) throw new Error(reply.message);
    const info = parseShowInfo(bytes.toString("utf8", reply.info.start, reply.info.end));
    expect(info.version.startsWith(version)).toBe(true);
    const stat = parseShowStat(`${bytes.toString("utf8", reply.stat.start, reply.stat.end)}\n`);
    expect(stat.problems).toEqual([]);
    const servers = parseShowServersState(`1\n${bytes.toString("utf8", reply.servers.start, reply.servers.end)}\n`);
    expect(servers.problems).toEqual([]);
    // nothing between the blocks but what closes and opens them
    expect(reply.stat.start - reply.info.end).toBe(1);
    expect(reply.servers.start - reply.stat.end).toBe("\n1\n".length);
    expect(reply.servers.end).toBe(bytes.length - 1);
    const listed = servers.rows.map((row) => `${row.get("be_name")}/${row.get("srv_name")}`);
    const rows = stat.rows.filter((row) => row.get("type") === "2");
    expect(rows.map((row) => `${row.get("pxname")}/${row.get("svname")}`)).toEqual(listed);
  });

  test("a plain Uint8Array is split the same", () => {
    expect(splitObserve(new Uint8Array(bytes))).toEqual(splitObserve(bytes));
  });

  test("cut at any byte it is refused as cut", () => {
    for (let length = 0; length < bytes.length; length++) {
      const reply = splitObserve(bytes.subarray(0, length));
      if (reply.ok || reply.code !== "cut") throw new Error(`cut after ${length} bytes: ${JSON.stringify(reply)}`);
    }
  });

  test("twice in one answer it is refused", () => {
    expect(splitObserve(Buffer.concat([bytes, bytes]))).toMatchObject({ ok: false, code: "unreadable" });
  });

  test("with the blocks in another order it is refused", () => {
    const reply = splitObserve(bytes);
    if (!reply.ok) throw new Error(reply.message);
    const info = whole.slice(0, whole.indexOf("\n\n") + 2);
    const rest = whole.slice(info.length);
    const servers = rest.slice(rest.lastIndexOf("\n1\n# be_id") + 1);
    const stat = rest.slice(0, rest.length - servers.length);
    for (const mixed of [
      stat + info + servers,
      info + servers + stat,
      servers + info + stat,
      info + stat,
      info + servers,
    ]) {
      expect(splitObserve(Buffer.from(mixed)).ok).toBe(false);
    }
  });
});

describe("a reply that is not one", () => {
  const good = fixtureText("2.6", "observe.txt");

  test("[2.2, 2.6] a check text that looks like the last block does not mislead", () => {
    for (const version of ["2.2", "2.6"] as const) {
      expect(fixtureText(version, "observe.txt")).toContain("\n\n1\n# be_id after");
    }
  });

  test("permission denied names the level that is needed", () => {
    const reply = splitObserve(Buffer.from("Permission denied\n\n"));
    expect(reply).toMatchObject({ ok: false, code: "permission", message: expect.stringContaining("level") });
  });

  test.each(["HTTP/1.1 400 Bad request\r\n\r\n", "SSH-2.0-OpenSSH_9.2p1\r\n", "\0\0\0", "Nope: 1\n\n", "\n"])(
    "%j is not HAProxy",
    (text) => {
      expect(splitObserve(Buffer.from(text))).toMatchObject({ ok: false, code: "not-haproxy" });
    },
  );

  test("the master CLI is recognised", () => {
    const reply = splitObserve(Buffer.from("Unknown command: 'show', but maybe one of the following…\n\n"));
    expect(reply).toMatchObject({ ok: false, code: "not-haproxy", message: expect.stringContaining("master") });
  });

  test("another format version is named", () => {
    const reply = splitObserve(Buffer.from(good.replace(/\n1\n# be_id be_name/, "\n2\n# be_id be_name")));
    expect(reply).toMatchObject({ ok: false, code: "unreadable", message: expect.stringContaining("version 2") });
  });

  test("an error text in the place of show stat is quoted", () => {
    const info = good.slice(0, good.indexOf("\n\n") + 2);
    const reply = splitObserve(Buffer.from(`${info}Permission denied\n\n1\n# be_id \n\n`));
    expect(reply).toMatchObject({
      ok: false,
      code: "unreadable",
      message: expect.stringContaining("Permission denied"),
    });
  });

  test("show info without a pid is refused", () => {
    const reply = splitObserve(Buffer.from(good.replace(/\nPid: \d+/, "")));
    expect(reply).toMatchObject({ ok: false, code: "unreadable" });
  });
});

describe("stateReply", () => {
  test("exactly one line end is success", () => {
    expect(stateReply("\n")).toEqual({ ok: true });
  });

  test("no byte at all is a cut, not success", () => {
    expect(stateReply("")).toMatchObject({ ok: false, code: "cut" });
  });

  test.each([
    ["No such server.\n\n", "No such server."],
    ["Permission denied\n\n", "Permission denied"],
    ["Proxy is disabled.\n\n", "Proxy is disabled."],
    [
      "'set server <srv> state' expects 'ready', 'drain' and 'maint'.\n\n",
      "'set server <srv> state' expects 'ready', 'drain' and 'maint'.",
    ],
  ])("%j is refused in HAProxy's words", (reply, message) => {
    expect(stateReply(reply)).toEqual({ ok: false, code: "refused", message });
  });

  // errors.txt: a command in quotes, then "    -> " and the raw answer as a Python literal
  test.each(versions)("every captured answer of %s to set server … state is told right", (version) => {
    const pairs = [...fixtureText(version, "errors.txt").matchAll(/^'(set server \S+ state [^;\\]*)'\n {4}-> (.*)$/gm)];
    expect(pairs.length).toBeGreaterThan(5);
    for (const [, command = "", answer = ""] of pairs) {
      const raw = answer.slice(1, -1).replaceAll("\\n", "\n").replaceAll("\\'", "'");
      const isDone = raw === "\n";
      expect([command, stateReply(raw)]).toEqual([
        command,
        isDone ? { ok: true } : { ok: false, code: "refused", message: raw.trim() },
      ]);
    }
    const done = pairs.filter(([, , answer]) => answer === "'\\n'").map(([, command]) => command);
    expect(done).toContain("set server be_app/app1 state drain");
  });

  test("two line ends are not success", () => {
    expect(stateReply("\n\n")).toMatchObject({ ok: false, code: "refused" });
  });
});
