import { expect, test } from "vitest";
import { TooManyWaiting, Turns } from "./turns.ts";

test("turns: so many at once, so many wait, the rest is refused, and a failure frees its place", async () => {
  const turns = new Turns({ atOnce: 1, waiting: 1 });
  let release = () => {};
  const first = turns.take(
    () =>
      new Promise<void>((_resolve, reject) => {
        release = () => reject(new Error("failed"));
      }),
  );
  const second = turns.take(async () => "second");
  await expect(turns.take(async () => "third")).rejects.toThrow(TooManyWaiting);
  release();
  await expect(first).rejects.toThrow("failed");
  expect(await second).toBe("second");
  expect(await turns.take(async () => "fourth")).toBe("fourth");
});
