// P9: memory with the whole history full, in a process that does nothing else: the app without pages over real HAProxy.
import { startHelper } from "./children.ts";
import { type Bench, type Figure, sized } from "./figure.ts";
import { startHaproxy } from "./haproxy.ts";
import type { MemoryOrder, MemoryWord } from "./p09-memory-child.ts";
import { short } from "./stats.ts";

const GOAL_KB = 14;
const GOAL_RSS_MB = 300;

export const memory: Bench = {
  ids: ["P9"],
  async run(context): Promise<Figure[]> {
    const servers = sized(context, { tiny: 100, quick: 2_000, full: 10_000 });
    context.say(`P9 memory of ${servers} servers`);
    // Without traffic no ring is made before the child measures from there.
    await using haproxy = await startHaproxy(context, { servers });
    const child = startHelper<MemoryOrder, MemoryWord>("./p09-memory-child.ts", ["--expose-gc"]);
    try {
      child.send({ kind: "fill", socketPath: haproxy.socketPath });
      const { historyKb, keptKb, rssMb, heapMb, arraysMb } = await child.next("filled");
      return [
        {
          ...{
            id: "P9",
            measure: "memory a server, 10 min at 1 s and 24 h at 1 min",
            figure: `${short(historyKb)} kB`,
          },
          ...{ goal: `<= ${GOAL_KB} kB`, isMet: historyKb <= GOAL_KB },
          peers: `history alone; with rows, the last dump, merged view and snapshot ${short(keptKb)} kB`,
          values: { servers, historyKb, keptKb },
        },
        {
          ...{
            id: "P9",
            measure: `whole process, ${servers.toLocaleString("en")} servers, RSS`,
            figure: `${short(rssMb)} MB`,
          },
          ...{ goal: `<= ${GOAL_RSS_MB} MB`, isMet: rssMb <= GOAL_RSS_MB },
          peers: `without the pages; heap ${short(heapMb)} MB, buffers ${short(arraysMb)} MB`,
          values: { servers, rssMb, heapMb, arraysMb },
        },
      ];
    } finally {
      await child.stop();
    }
  },
};
