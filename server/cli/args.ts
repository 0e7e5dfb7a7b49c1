// The words of the command line, as text: what was given, not yet what it means. Every command shares --url, --token,
// --json and --help; what else it takes it says itself.
import { parseArgs } from "node:util";

/** `value`: takes one; `flag`: stands alone */
export type OptionKind = "value" | "flag";

export interface Words {
  /** `audit verify` */
  positionals: string[];
  values: Readonly<Record<string, string>>;
  flags: ReadonlySet<string>;
}

/** Exit codes of contract.md. */
export const exitCodes = { done: 0, refused: 1, usage: 2, notReached: 3, unknown: 4 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Wrong words: exit code 2. The message is one sentence: what, and what to write instead. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

const shared = { url: "value", token: "value", json: "flag", help: "flag" } as const;

/** Throws UsageError. */
export function readWords(argv: readonly string[], own: Readonly<Record<string, OptionKind>>): Words {
  const kinds: Record<string, OptionKind> = { ...shared, ...own };
  const options = Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [name, { type: kind === "value" ? "string" : "boolean" } as const]),
  );
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true, allowPositionals: true });
  const positionals: string[] = [];
  const values: Record<string, string> = {};
  const flags = new Set<string>();
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName, value } = token;
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined)
      throw new UsageError(
        `${rawName} is not an option here; there are ${Object.keys(kinds)
          .map((one) => `--${one}`)
          .join(", ")}.`,
      );
    if (kind === "flag") {
      if (value !== undefined) throw new UsageError(`${rawName} takes no value; write it alone.`);
      flags.add(name);
    } else if (value === undefined || value === "")
      throw new UsageError(`${rawName} has no value; write ${rawName} VALUE.`);
    else if (Object.hasOwn(values, name)) throw new UsageError(`${rawName} is given twice; keep one.`);
    else values[name] = value;
  }
  return { positionals, values, flags };
}
