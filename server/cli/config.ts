// `config schema`: the shape of the file given with --config.
import { z } from "zod";
import { configFileSchema } from "#server/config/config-file.ts";
import { exitCodes, UsageError } from "./args.ts";
import type { Command } from "./command.ts";

export const config: Command = {
  usage: ["config schema    prints the JSON schema of the file given with --config"],
  options: {},
  async run({ positionals }, { out }) {
    if (positionals.join(" ") !== "config schema") throw new UsageError("write config schema.");
    await out(`${JSON.stringify(z.toJSONSchema(configFileSchema), null, 2)}\n`);
    return exitCodes.done;
  },
};
