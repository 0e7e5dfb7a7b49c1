import { splitServerId } from "#lib/haproxy/names.ts";
import type { Problem } from "#lib/wire/problem.ts";
import type { SessionRow, SessionsReport } from "#lib/wire/sessions.ts";

/** The same report with every session in it: one message of the socket carries the oldest ones only. */
export async function fetchWholeReport(report: SessionsReport): Promise<SessionsReport> {
  const names = splitServerId(report.server);
  const path = `/api/v1/servers/${encodeURIComponent(names?.backend ?? "")}/${encodeURIComponent(names?.server ?? "")}/sessions`;
  const response = await fetch(path, { headers: { accept: "application/json" } });
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok || !Array.isArray(body)) {
    const problem = body as Problem | null;
    throw new Error(problem?.detail ?? `The app answered ${response.status}. Try again.`);
  }
  const sessions = body as SessionRow[];
  const counts = { http: 0, tunnel: 0, tcp: 0 };
  for (const { kind } of sessions) counts[kind]++;
  return { ...report, sessions, counts, total: sessions.length };
}
