import { once } from "node:events";
import { runCli } from "./run.ts";

/** Waits for a slow reader: a long export must not pile up in memory. */
async function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, "drain");
}

// Who reads the output may stop early: `drainboard audit | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  out: (text) => write(process.stdout, text),
  say: (text) => write(process.stderr, text),
});
