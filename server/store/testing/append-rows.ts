// Run as a process of its own, to be killed: appends audit rows without end and says the number of each durable one.
import { openStore } from "#server/store/store.ts";

const { audit } = await openStore({ dataDir: process.argv[2] ?? "" });
for (;;) {
  const seqs = await Promise.all(
    ["a", "b", "c"].map((name) =>
      audit.event({
        ...{ at: Date.now(), requestId: name, action: "server:set-state", via: "rest" },
        actor: { kind: "person", id: name, name },
      }),
    ),
  );
  process.stdout.write(`${seqs.join("\n")}\n`);
}
