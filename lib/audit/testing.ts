// A row for tests.
import type { AuditEntry } from "#lib/wire/audit.ts";

export function anEntry(seq: number, changes: Partial<AuditEntry> = {}): AuditEntry {
  return {
    ...{ seq, at: "2026-11-22T09:00:00.000Z", requestId: `r${seq}`, kind: "outcome", action: "server:set-state" },
    ...{ actorKind: "person", actorId: "p1", actorName: "Ann", onBehalfOf: null, maintenanceId: null, via: "page" },
    ...{ remoteAddress: "10.0.0.1", target: "APP1/SRV1", lb: "lb1", before: "ready", after: "drain" },
    ...{ command: "set server APP1/SRV1 state drain", answer: "", outcome: "done", reason: null, detail: null },
    ...{ intentSeq: null, prevHash: "", hash: "" },
    ...changes,
  };
}
