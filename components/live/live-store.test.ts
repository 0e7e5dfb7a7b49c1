import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { liveFleetKey } from "./api.ts";
import { keepAsIs, NOTHING_YET } from "./cache.ts";
import { liveStoreOf } from "./live-store.ts";

test("readers are told of each new value once, and get it", async () => {
  const queryClient = new QueryClient();
  queryClient.setQueryDefaults(liveFleetKey, keepAsIs);
  const store = liveStoreOf(queryClient);
  expect(liveStoreOf(queryClient)).toBe(store);
  expect(store.value()).toBe(NOTHING_YET);
  let told = 0;
  const stop = store.subscribe(() => told++);
  const next = { ...NOTHING_YET, isOutdated: true };
  queryClient.setQueryData(liveFleetKey, next, { updatedAt: 1 });
  await expect.poll(() => told).toBe(1);
  expect(store.value()).toBe(next);
  queryClient.setQueryData(["other"], 1);
  queryClient.setQueryData(liveFleetKey, next, { updatedAt: 2 });
  const last = { ...next, isOutdated: false };
  queryClient.setQueryData(liveFleetKey, last, { updatedAt: 3 });
  await expect.poll(() => store.value()).toBe(last);
  expect(told).toBe(2);
  stop();
});
