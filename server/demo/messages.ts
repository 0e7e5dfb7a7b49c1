// What the demo's processes tell each other: the order as one JSON argument, the answers over the IPC channel.
import { z } from "zod";

export const originsOrder = z.object({
  /** where the session files live, one folder a server */
  directory: z.string(),
  seed: z.number(),
  trouble: z.boolean(),
});
export type OriginsOrder = z.infer<typeof originsOrder>;

export const originsReport = z.object({ kind: z.literal("ports"), ports: z.record(z.string(), z.number()) });
export type OriginsReport = z.infer<typeof originsReport>;

/** The origins process outlives a killed parent just long enough to end these. */
export const guardOrder = z.object({ kind: z.literal("guard"), pids: z.array(z.number()) });
export type GuardOrder = z.infer<typeof guardOrder>;

const entry = z.object({ name: z.string(), http: z.number(), auth: z.number() });
export type Entry = z.infer<typeof entry>;

export const usersOrder = z.object({
  seed: z.number(),
  users: z.number(),
  entries: z.array(entry).min(1),
  statusFile: z.string(),
});
export type UsersOrder = z.infer<typeof usersOrder>;

/** status.json in the run directory, written anew each second. */
export const demoStatus = z.object({
  at: z.string(),
  seed: z.number(),
  /** people here now, in all and by backend */
  users: z.number(),
  usersByBackend: z.record(z.string(), z.number()),
  requests: z.number(),
  /** signed-in people whose session file was not on the server they came to, in all and by the server they had been on */
  lostSessions: z.number(),
  lostByServer: z.record(z.string(), z.number()),
  /** answers 5xx, and connections refused or broken off, in all and by kind */
  visibleErrors: z.number(),
  errorsByKind: z.record(z.string(), z.number()),
  /** WebSocket and TCP connections ended by the other side */
  cutConnections: z.number(),
});
export type DemoStatus = z.infer<typeof demoStatus>;
