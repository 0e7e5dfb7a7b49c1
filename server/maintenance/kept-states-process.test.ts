// Which process a click is remembered with: the one that showed it, not the one that answers when it is written down.
import { expect, test } from "vitest";
import { aLoadBalancer, aServer } from "#lib/fleet/testing.ts";
import type { LoadBalancerView } from "#lib/fleet/view.ts";
import type { SetDone } from "#server/ops/commands.ts";
import { KeptStates, type KeptStatesOptions } from "./kept-states.ts";

const OLD = { pid: 10, startedAt: 100 };
const NEW = { pid: 11, startedAt: 200 };

/** A fleet, a store and an engine of which only what is asked here is there. */
function parts(process: typeof OLD) {
  let onSet: (done: SetDone) => void = () => {};
  let onPublish: (lb: string, change: { after: LoadBalancerView }) => void = () => {};
  const poller = { model: { process, stot: () => 4 }, row: () => undefined };
  const options = {
    context: {
      fleet: {
        poller: () => poller,
        onPublish: (listener: typeof onPublish) => {
          onPublish = listener;
          return () => {};
        },
      },
      now: () => 5_000,
    },
    store: { all: async () => [], keep: async () => {}, forget: async () => {} },
    commands: {
      onSet: (listener: typeof onSet) => {
        onSet = listener;
        return () => {};
      },
    },
    engine: { jobs: () => [], onChange: () => () => {} },
    afterReload: () => "ask",
    newRequestId: () => "r1",
  };
  return {
    kept: new KeptStates(options as unknown as KeptStatesOptions),
    set: (done: SetDone) => onSet(done),
    show: (view: LoadBalancerView) => onPublish(view.head.name, { after: view }),
  };
}

test("a reload between the click and its note loses nothing: it is asked about", async () => {
  const { kept, set, show } = parts(NEW);
  await kept.start();
  const outcome = { lb: "lb1", outcome: "done", before: "ready", after: "drain", message: "", process: OLD } as const;
  const actor = { kind: "person", id: "u1", name: "ann", role: "admin", backends: null } as const;
  const call = { actor, requestId: "r", via: "rest", remoteAddress: null } as const;
  set({ call, input: { server: "A/s1", adminState: "drain" }, outcomes: [outcome] });
  show(aLoadBalancer("lb1", [aServer("A/s1", { adminBits: 0 })], { head: { process: NEW } }));
  expect(kept.lost()).toMatchObject([{ lb: "lb1", server: "A/s1", was: "drain", now: "ready", who: "ann" }]);
});
