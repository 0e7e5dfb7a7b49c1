// Load balancers and backends of the settings: kept as they were given, in their order, changed in place.
import { expect, test } from "vitest";
import { openStore, type Store } from "./store.ts";
import { tempDir } from "./testing/temp-dir.ts";

async function withStore(work: (open: () => Promise<Store>) => Promise<void>): Promise<void> {
  using dir = tempDir();
  await work(() => openStore({ dataDir: dir.path, waitForLockMs: 0 }));
}

test("load balancers come back after a restart in the order they were added; a change keeps the place", () =>
  withStore(async (open) => {
    const first = await open();
    const tls = { ca: "/etc/ca.pem", serverName: "lb.example" };
    await first.loadBalancers.save({ name: "z", address: "tls://10.0.0.1:9443", master: null, tls }, 1);
    await first.loadBalancers.save({ name: "a", address: "/run/a.sock", master: "/run/m.sock", tls: null }, 2);
    await first.loadBalancers.save({ name: "z", address: "/run/z.sock", master: null, tls: null }, 3);
    await first.close();
    const again = await open();
    expect(await again.loadBalancers.all()).toEqual([
      { name: "z", address: "/run/z.sock", master: null, tls: null },
      { name: "a", address: "/run/a.sock", master: "/run/m.sock", tls: null },
    ]);
    await again.loadBalancers.remove("z");
    expect((await again.loadBalancers.all()).map(({ name }) => name)).toEqual(["a"]);
    await again.close();
  }));

test("a backend without a value of its own is forgotten", () =>
  withStore(async (open) => {
    const store = await open();
    await store.backendSettings.save({ backend: "APP1", minimum: 0, quietMs: null });
    await store.backendSettings.save({ backend: "API", minimum: null, quietMs: 5_000 });
    await store.backendSettings.save({ backend: "APP1", minimum: null, quietMs: null });
    expect(await store.backendSettings.all()).toEqual([{ backend: "API", minimum: null, quietMs: 5_000 }]);
    await store.close();
  }));
