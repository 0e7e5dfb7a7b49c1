import { expect, onTestFinished, test } from "vitest";
import { RuntimeError } from "./errors.ts";
import { MasterClient } from "./master.ts";
import { type FakeAnswer, startFake } from "./testing/fake-haproxy.ts";

const GONE = "Can't find the target PID matching the prefix '@!42'\n";

async function masterThat(answer: FakeAnswer) {
  const fake = await startFake(answer);
  const master = new MasterClient({ name: "lb1", address: fake.address, limits: { replyTimeoutMs: 150 } });
  onTestFinished(async () => {
    master.close();
    await fake.stop();
  });
  return { fake, master };
}

test.each<FakeAnswer>([
  { kind: "reply", text: GONE },
  { kind: "hang-after", text: GONE, bytes: GONE.length },
])("a worker that ended is null, whether or not the master then closes ($kind)", async (answer) => {
  const { fake, master } = await masterThat(answer);
  expect(await master.workerInfo(42)).toBeNull();
  expect(fake.lines).toEqual(["@!42 show info"]);
});

test("any other answer without an end is a timeout, however whole it looks", async () => {
  const text = "Name: HAProxy\nPid: 42\n\n";
  const { master } = await masterThat({ kind: "hang-after", text, bytes: text.length });
  await expect(master.workerInfo(42)).rejects.toMatchObject({ code: "reply-timeout" });
});

test("a process id that is none never leaves", async () => {
  const { fake, master } = await masterThat({ kind: "reply", text: GONE });
  await expect(master.workerStat(0)).rejects.toThrow("nothing was sent");
  await expect(master.workerStat(1.5)).rejects.toThrow("nothing was sent");
  expect(fake.connections.most).toBe(0);
});

test("an answer cut short is unreadable, no answer is cut, another protocol is named", async () => {
  const { fake, master } = await masterThat({ kind: "reply", text: "#<PID>          <type>\n12 master 0" });
  await expect(master.processes()).rejects.toMatchObject({ code: "unreadable" });
  fake.script({ kind: "reply", text: "" });
  await expect(master.processes()).rejects.toMatchObject({ code: "cut" });
  fake.script({ kind: "reply", text: "HTTP/1.1 400 Bad Request\r\n\r\n" });
  await expect(master.processes()).rejects.toMatchObject({ code: "not-haproxy" });
});

test("one question at a time, and close ends them all", async () => {
  const { fake, master } = await masterThat({ kind: "hang" });
  const line = fake.nextLine();
  const asked = [master.processes(), master.workerInfo(1), master.workerStat(2)].map((one) =>
    one.then(
      () => "answered",
      (error: unknown) => (error instanceof RuntimeError ? error.code : String(error)),
    ),
  );
  await line;
  expect(fake.connections.most).toBe(1);
  master.close();
  expect(await Promise.all(asked)).toEqual(["aborted", "aborted", "aborted"]);
});
