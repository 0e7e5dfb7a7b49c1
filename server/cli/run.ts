// The command line: the first word is the command. Results go to standard output, everything else to standard error.

import { type ExitCode, exitCodes, readWords, UsageError } from "./args.ts";
import { audit } from "./audit.ts";
import type { Command, Terminal } from "./command.ts";
import { config } from "./config.ts";
import { RestError } from "./rest.ts";

const commands: Readonly<Record<string, Command>> = { audit, config };

export async function runCli(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    const name = argv.find((word) => !word.startsWith("-"));
    const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (command === undefined) {
      if (name === undefined && argv.includes("--help")) return await help(terminal.out);
      if (name !== undefined) await terminal.say(`There is no command "${name}".\n`);
      await help(terminal.say);
      return exitCodes.usage;
    }
    const words = readWords(argv, command.options);
    if (words.flags.has("help")) return await help(terminal.out);
    return await command.run(words, terminal);
  } catch (error) {
    if (error instanceof UsageError) {
      await terminal.say(`${error.message} --help shows all there is.\n`);
      return exitCodes.usage;
    }
    if (!(error instanceof RestError)) throw error;
    await terminal.say(`${error.message}\n`);
    return error.exitCode;
  }
}

async function help(write: (text: string) => Promise<void>): Promise<ExitCode> {
  const lines = Object.values(commands).flatMap(({ usage }) => usage.map((line) => `  ${line}`));
  const shared = [
    "--url URL      the running app (DRAINBOARD_URL, http://127.0.0.1:3000)",
    "--token TOKEN  an API token (DRAINBOARD_TOKEN)",
    "--json         exactly what REST answers",
  ];
  const codes =
    "exit codes: 0 done, 1 refused or not whole, 2 wrong words, 3 not reached in time, 4 unreachable or unknown";
  await write(
    `usage: drainboard COMMAND\n${[...lines, "", ...shared.map((line) => `  ${line}`), "", codes].join("\n")}\n`,
  );
  return exitCodes.done;
}
