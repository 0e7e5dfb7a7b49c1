// The command line. Today it prints the schema of the configuration file; the commands of contract.md that talk to a
// running app come with a later version.
import { z } from "zod";
import { configFileSchema } from "#server/config/config-file.ts";

const USAGE = "usage: drainboard config schema    prints the JSON schema of the file given with --config";
const EXIT_USAGE = 2;

const words = process.argv.slice(2);
if (words.join(" ") === "config schema") {
  console.log(JSON.stringify(z.toJSONSchema(configFileSchema), null, 2));
} else {
  console.error(words.length === 0 ? USAGE : `unknown command ${JSON.stringify(words.join(" "))}; ${USAGE}`);
  process.exitCode = EXIT_USAGE;
}
