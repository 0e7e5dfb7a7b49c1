// `audit`: what happened, and whether the record of it is whole. Everything comes from the running app, except
// `audit verify --data DIR`: a stopped app's file, or a copy of it, is checked without trusting the app.

import { whatOf, whoOf } from "#lib/audit/words.ts";
import { type AuditPage, type AuditVerification, verificationSentence } from "#lib/wire/audit.ts";
import { verifyDataDir } from "#server/store/audit-verify.ts";
import { StoreError } from "#server/store/errors.ts";
import { type ExitCode, exitCodes, UsageError, type Words } from "./args.ts";
import type { Command, Terminal } from "./command.ts";
import { restOf } from "./rest.ts";
import { table } from "./table.ts";

const filters = ["from", "to", "server", "actor", "lb", "action", "outcome", "maintenance", "text"] as const;

export const audit: Command = {
  usage: [
    "audit [--from TIME] [--to TIME] [--server BACKEND/SERVER] [--actor NAME] [--lb NAME] [--action NOUN:VERB]",
    "      [--outcome OUTCOME] [--maintenance ID] [--text TEXT] [--limit COUNT|all] [--csv]",
    "audit verify [--data DIR]    is the chain whole? Of the running app, or of a stopped one's directory",
  ],
  options: {
    ...Object.fromEntries(filters.map((name) => [name, "value" as const])),
    ...{ limit: "value", csv: "flag", data: "value" },
  },
  run(words, terminal) {
    const [, verb, ...more] = words.positionals;
    if (more.length > 0) throw new UsageError(`"${more.join(" ")}" is too much; write audit, or audit verify.`);
    if (verb === undefined) return list(words, terminal);
    if (verb === "verify") return verify(words, terminal);
    throw new UsageError(`audit has no "${verb}"; write audit, or audit verify.`);
  },
};

async function list(words: Words, { env, out }: Terminal): Promise<ExitCode> {
  const query = new URLSearchParams({ intents: "open" });
  for (const name of [...filters, "limit"]) {
    const value = words.values[name];
    if (value !== undefined) query.set(name, value);
  }
  const rest = restOf(words, env);
  const isCsv = words.flags.has("csv");
  if (isCsv) query.set("format", "csv");
  if (isCsv || words.flags.has("json") || words.values.limit === "all") {
    if (isCsv || words.flags.has("json")) {
      // A file is for those who check: intents too.
      query.delete("intents");
      const decoder = new TextDecoder();
      for await (const bytes of await rest.stream(`/audit?${query}`))
        await out(decoder.decode(bytes, { stream: true }));
      return exitCodes.done;
    }
  }
  const { entries, next } = (await rest.get(`/audit?${query}`)) as AuditPage;
  const rows = entries.map((entry) => [
    ...[entry.at.replace("T", " ").slice(0, 19), whoOf(entry), whatOf(entry), entry.target ?? "", entry.lb ?? ""],
    ...[entry.outcome ?? "", entry.reason ?? entry.answer ?? ""],
  ]);
  if (rows.length === 0) await out("Nothing in the audit matches.\n");
  else await out(table([["TIME (UTC)", "WHO", "WHAT", "SERVER", "LB", "OUTCOME", "WHY"], ...rows]));
  if (next !== null) await out("There are older ones: --limit all gives everything, --to TIME goes back.\n");
  return exitCodes.done;
}

async function verify(words: Words, { env, out, say }: Terminal): Promise<ExitCode> {
  const { data } = words.values;
  if (data !== undefined && words.values.url !== undefined)
    throw new UsageError("--data and --url are two places; keep one.");
  let found: AuditVerification;
  try {
    found =
      data === undefined
        ? ((await restOf(words, env).get("/audit/verify")) as AuditVerification)
        : await verifyDataDir(data);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    await say(`${error.message}\n`);
    return exitCodes.unknown;
  }
  await out(words.flags.has("json") ? `${JSON.stringify(found)}\n` : `${verificationSentence(found)}\n`);
  return found.ok ? exitCodes.done : exitCodes.refused;
}
