// Run as a process of its own: opens the store of the directory it is given and keeps it until its input ends.
import { openStore } from "#server/store/store.ts";

const store = await openStore({ dataDir: process.argv[2] ?? "" });
process.stdout.write("open\n");
process.stdin.resume();
process.stdin.on("end", () => void store.close());
