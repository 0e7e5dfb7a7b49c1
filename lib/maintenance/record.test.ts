import { parse } from "csv-parse/sync";
import { expect, test } from "vitest";
import type { MaintenanceEvent } from "./effect.ts";
import { newMaintenance } from "./job.ts";
import { recordCsv, recordMarkdown } from "./record.ts";
import { summarize } from "./summary.ts";
import { baseOptions } from "./testing/world.ts";

const event: MaintenanceEvent = {
  ...{ atMs: 1_700_000_000_000, kind: "command", server: "APP1/SRV1", lb: "lb1", who: null, isAlert: true },
  text: 'said "no",\nand more | <b>',
  data: { command: "set server APP1/SRV1 state drain", answer: "\n", outcome: "done", sessions: 3 },
};

test("[M101] CSV: every cell comes back as it was, and none is a formula", () => {
  const rows = parse(recordCsv([event, { ...event, text: "=cmd()", data: {} }]), { columns: true }) as Record<
    string,
    string
  >[];
  expect(rows[0]).toMatchObject({
    ...{ time: "2023-11-14T22:13:20.000Z", kind: "command", server: "APP1/SRV1", loadBalancer: "lb1", alert: "yes" },
    ...{ text: event.text, command: "set server APP1/SRV1 state drain", answer: "\n", outcome: "done" },
    data: '{"sessions":3}',
  });
  expect(rows[1]?.text).toBe("'=cmd()");
});

test("[M101] Markdown: one line an event, whatever its text", () => {
  const job = newMaintenance(
    {
      ...{ id: "m-1", reason: "kernel | 6.1", startedBy: "mira", servers: ["APP1/SRV1"] },
      options: { ...baseOptions, deadlineMs: 600_000, atDeadline: "end-sessions" },
    },
    1_700_000_000_000,
  );
  const summary = summarize(job, { views: [], minimums: {} }, 1_700_000_000_000, new Map());
  const lines = recordMarkdown(summary, [event]).split("\n");
  expect(lines[0]).toBe("# Maintenance m-1: queued");
  expect(lines).toContain("- Reason: kernel \\| 6.1");
  expect(lines).toContain("- Deadline: 10 min, then end sessions, then maint");
  expect(lines.at(-2)).toBe('| 2023-11-14T22:13:20.000Z | APP1/SRV1 | lb1 |  | **said "no", and more \\| \\<b\\>** |');
});
