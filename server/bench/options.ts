export interface BenchOptions {
  readonly isQuick: boolean;
  /** P1, P4, …; null: all */
  readonly only: ReadonlySet<string> | null;
  readonly jsonFile: string | null;
}

export const USAGE = "npm run bench -- [--quick] [--only P1,P4] [--json FILE]";

/** A sentence when something is wrong. */
export function readBenchOptions(argv: readonly string[], known: readonly string[]): BenchOptions | string {
  let isQuick = false;
  let only: ReadonlySet<string> | null = null;
  let jsonFile: string | null = null;
  for (let at = 0; at < argv.length; at++) {
    const option = argv[at];
    const value = argv[at + 1];
    if (option === "--quick") {
      isQuick = true;
      continue;
    }
    if (option !== "--only" && option !== "--json") return `${option}: there is no such option; write ${USAGE}`;
    if (value === undefined) return `${option}: its value is missing; write ${USAGE}`;
    at += 1;
    if (option === "--json") jsonFile = value;
    else only = new Set(value.split(",").map((id) => id.trim().toUpperCase()));
  }
  const unknown = [...(only ?? [])].filter((id) => !known.includes(id));
  if (unknown.length > 0)
    return `--only ${unknown.join(",")}: there is no such benchmark; there are ${known.join(", ")}`;
  return { isQuick, only, jsonFile };
}
