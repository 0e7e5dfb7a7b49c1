import { expect, test } from "vitest";
import type { AuditEvent } from "./audit.ts";
import { Attempts, nobody, strangersRoom } from "./audit-attempts.ts";

function written() {
  const rows: AuditEvent[] = [];
  const attempts = new Attempts({
    room: strangersRoom,
    write: async (event) => rows.push(event),
    failed: (error) => {
      throw error;
    },
  });
  return { rows, attempts };
}

let serial = 0;
const attempt = (at: number, changes: Partial<AuditEvent> = {}): AuditEvent => ({
  ...{ at, requestId: `r${serial++}`, action: "auth:sign-in", actor: nobody, via: "page", remoteAddress: "10.0.0.1" },
  ...{ outcome: "denied", answer: "wrong" },
  ...changes,
});

test("a few attempts are rows of their own", async () => {
  const { rows, attempts } = written();
  for (let at = 0; at < 3; at++) await attempts.add(attempt(at));
  await attempts.add(attempt(5, { remoteAddress: "10.0.0.2" }));
  await attempts.flush();
  expect(rows.map((row) => row.at)).toEqual([0, 1, 2, 5]);
});

test("10,000 in a minute are a few rows and one that counts the others", async () => {
  const { rows, attempts } = written();
  for (let n = 0; n < 10_000; n++) await attempts.add(attempt(n * 5));
  await attempts.flush();
  expect(rows).toHaveLength(4);
  expect(rows.at(-1)).toMatchObject({
    ...{ action: "auth:sign-in", outcome: "denied", remoteAddress: "10.0.0.1" },
    answer: "9997 more like this within 49 s.",
    detail: { attempts: 9_997 },
  });
});

test("from ever new addresses for a day they are some thousands of rows, and every one is counted", async () => {
  const { rows, attempts } = written();
  const count = 20_000;
  for (let n = 0; n < count; n++)
    await attempts.add(attempt((n * 86_400_000) / count, { remoteAddress: `10.0.${n >> 8}.${n & 255}` }));
  await attempts.flush();
  expect(rows.length).toBeLessThan(4_000);
  const told = rows.map(({ detail }) => (detail as { attempts?: number } | undefined)?.attempts ?? 1);
  expect(told.reduce((sum, one) => sum + one, 0)).toBe(count);
  expect(rows.find((row) => row.action === "request:refused")).toMatchObject({ actor: nobody, remoteAddress: null });
});

test("what could not be written is told and stops nobody", async () => {
  const failures: unknown[] = [];
  const attempts = new Attempts({
    room: strangersRoom,
    write: () => Promise.reject(new Error("disk full")),
    failed: (error) => failures.push(error),
  });
  await attempts.add(attempt(1));
  expect(failures).toEqual([new Error("disk full")]);
});

test("the last thousand requests are known, written or counted", async () => {
  const { attempts } = written();
  for (let at = 0; at < 2_000; at++) await attempts.add(attempt(at, { requestId: `n${at}` }));
  expect(attempts.knows("n1999")).toBe(true);
  expect(attempts.knows("n1000")).toBe(true);
  expect(attempts.knows("n999")).toBe(false);
});

test("refused requests are counted by method and path, and told so, at the time of the last one", async () => {
  const { rows, attempts } = written();
  const asks = (at: number, method: string, path: string) =>
    attempts.add(attempt(at, { action: "request:refused", detail: { method, path } }));
  for (let n = 0; n < 5; n++) await asks(n * 1_000, "GET", `/api/v1/servers/APP1/SRV${n}`);
  for (let n = 0; n < 4; n++) await asks(5_000 + n * 1_000, "DELETE", "/api/v1/servers/APP1/SRV1");
  await asks(9_000, "GET", "/settings/people");
  await attempts.flush();
  expect(rows.slice(7).map(({ at, answer }) => [at, answer])).toEqual([
    [4_000, "2 more like GET /api/v1/servers/… within 4 s."],
    [8_000, "1 more like DELETE /api/v1/servers/… within 8 s."],
  ]);
});
