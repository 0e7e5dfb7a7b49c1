import type { ExitCode, OptionKind, Words } from "./args.ts";

/** Where a command speaks: `out` is the result, `say` is for people. */
export interface Terminal {
  env: Record<string, string | undefined>;
  out(text: string): Promise<void>;
  say(text: string): Promise<void>;
}

export interface Command {
  /** lines of the help */
  usage: readonly string[];
  options: Readonly<Record<string, OptionKind>>;
  /** Throws UsageError and RestError. */
  run(words: Words, terminal: Terminal): Promise<ExitCode>;
}
