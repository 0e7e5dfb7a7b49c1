// server/main.ts without its pages, as a process of its own: what tests start, signal and kill. The pages need a build.
import { main } from "#server/run.ts";

await main(process.argv.slice(2), process.env, { pages: null });
