// A graceful maintenance on two real HAProxy processes: what the screens say is compared with what each HAProxy says over
// its own socket.
import type { Locator, Page } from "@playwright/test";
import { expect, openBoard, test } from "./fixtures.ts";
import { ADMIN_TOKEN } from "./lab/app.ts";
import { expectNoViolations } from "./lab/axe.ts";
import { APP_PORT } from "./lab/configs.ts";
import { until } from "./lab/net.ts";
import { visit } from "./lab/origins.ts";
import type { Stage } from "./lab/stage.ts";
import type { Board } from "./pages/board.ts";

const SRV1 = "APP1/SRV1";
const READY = 0;
const MAINT = 1;
const DRAIN = 8;
const COLORS = ["light", "dark"] as const;

async function expectBits(stage: Stage, bits: number, timeout = 15_000) {
  await expect.poll(() => stage.adminBits(SRV1), { timeout, intervals: [50] }).toEqual(stage.lbs.map(() => bits));
}

/** Starts it as a program would; the board is told like everybody else. */
async function startByRest(stage: Stage): Promise<string> {
  const response = await fetch(`${stage.app.url}/api/v1/maintenances`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify({ servers: [SRV1], quiet: "2s", reason: "kernel", override: true }),
  });
  const body = (await response.json()) as { id: string };
  expect(response.status, JSON.stringify(body)).toBe(201);
  return body.id;
}

async function openDialog(board: Board): Promise<Locator> {
  await board.page.getByRole("button", { name: `Maintain ${SRV1}`, exact: true }).click();
  await expect(board.dialog).toContainText("Graceful maintenance of SRV1");
  return board.dialog.getByRole("button", { name: "Start draining SRV1" });
}

function tray(page: Page): Locator {
  return page.getByRole("complementary", { name: "Maintenance" });
}

/** The row's slot, which leads to the page of the maintenance. */
function claim(page: Page): Locator {
  return page.getByRole("link", { name: `Maintenance of ${SRV1}:` });
}

test("from the board to maint and back: HAProxy says at each step what the screen says", async ({
  page,
  board,
  startStage,
}) => {
  // Six runs of axe on the way.
  test.slow();
  const stage = await startStage();
  await openBoard(page, stage);
  const start = await openDialog(board);
  await board.dialog.getByLabel("Quiet window", { exact: true }).selectOption("other…");
  await board.dialog.getByLabel("Quiet window, such as").fill("2s");
  await board.dialog.getByLabel("Reason, shown on the wall").fill("new disk");
  await expect(start).toBeEnabled();
  for (const colorScheme of COLORS) {
    await page.emulateMedia({ colorScheme });
    await expectNoViolations(page, `start dialog, ${colorScheme}`);
  }
  // One user who stays keeps it in drain, as long as the test looks at it.
  const [lb1] = stage.lbs;
  if (lb1 === undefined) throw new Error("the stage has lb1");
  const tunnel = await stage.openTunnel(lb1, 1);
  await start.click();
  await expect(board.toast("Maintenance of SRV1 has begun.")).toBeVisible();
  await expectBits(stage, DRAIN, 5_000);
  await expect(claim(page)).toContainText("Draining");
  await board.expectState(SRV1, "Drain");
  await expect(tray(page).getByRole("listitem").filter({ hasText: "SRV1" })).toContainText("1session left");

  tunnel.close();
  await expect(claim(page)).toContainText("Your turn", { timeout: 20_000 });
  expect(await stage.adminBits(SRV1)).toEqual([MAINT, MAINT]);
  await board.expectState(SRV1, "Maint");

  await claim(page).click();
  await expect(page.getByRole("heading", { name: "APP1 / SRV1" })).toBeVisible();
  const record = page.getByRole("region", { name: "Flight recorder" });
  await expect(record).toContainText("maint");
  await expect(page.getByText("new disk. admin, since")).toBeVisible();
  for (const colorScheme of COLORS) {
    await page.emulateMedia({ colorScheme });
    await expectNoViolations(page, `maintenance page, ${colorScheme}`);
  }
  await page.getByRole("button", { name: `Set ready ${SRV1}` }).click();
  await expectBits(stage, READY, 20_000);
  // It is done with its first users, on each load balancer.
  for (const lb of stage.lbs) await visit(lb.port(APP_PORT), "/", ["HAPROXY_SESSION=s1"]);
  await expect(record).toContainText("done", { timeout: 20_000 });
  await expect(page.getByText(/Over at \d\d:\d\d/)).toBeVisible();
  for (const colorScheme of COLORS) {
    await page.emulateMedia({ colorScheme });
    await expectNoViolations(page, `page of a closed one, ${colorScheme}`);
  }
  await page.getByRole("link", { name: "Back to the board" }).click();
  await board.expectState(SRV1, "Ready");
  await expect(page.getByRole("region", { name: "Finished today" })).toContainText("SRV1");
});

test("tunnels are told apart from users who leave, on the tray, in the burn-down and for programs", async ({
  page,
  startStage,
}) => {
  const stage = await startStage();
  const [lb1, lb2] = stage.lbs;
  if (lb1 === undefined || lb2 === undefined) throw new Error("the stage has two load balancers");
  for (const lb of [lb1, lb1, lb2]) await stage.openTunnel(lb, 1);
  // Requests that stay open until the stage ends them.
  for (const lb of [lb1, lb2, lb2]) visit(lb.port(APP_PORT), "/hold", ["HAPROXY_SESSION=s1"]).catch(() => undefined);
  await openBoard(page, stage);
  const id = await startByRest(stage);
  const card = tray(page).getByRole("listitem").filter({ hasText: "SRV1" });
  await expect(card).toContainText("6sessions left");
  await expect(card).toContainText("Tunnels3 may stay");
  await claim(page).click();
  const course = page.getByRole("region", { name: `Course of ${SRV1}` });
  await expect(course).toContainText("Tunnels3 may stay");
  await expect(course.getByRole("img")).toHaveAccessibleName(/6 now\. .*3 tunnels may stay\./);
  await expect(course.locator("svg text").filter({ hasText: "3 tunnels may stay" })).toBeVisible();
  const answer = await page.request.get(`${stage.app.url}/api/v1/maintenances/${id}`);
  const { servers } = (await answer.json()) as {
    servers: { tunnels: number; perLoadBalancer: { tunnels: number }[] }[];
  };
  expect(servers.map((one) => [one.tunnels, ...one.perLoadBalancer.map((cell) => cell.tunnels)])).toEqual([[3, 2, 1]]);
});

test("a load balancer that is frozen holds it and is named; nothing goes on until it answers", async ({
  page,
  board,
  startStage,
}) => {
  const stage = await startStage();
  const [lb1, lb2] = stage.lbs;
  if (lb1 === undefined || lb2 === undefined) throw new Error("the stage has two load balancers");
  const tunnel = await stage.openTunnel(lb1, 1);
  await openBoard(page, stage);
  await startByRest(stage);
  await expectBits(stage, DRAIN, 5_000);
  await expect(claim(page)).toContainText("Draining");
  await lb2.freeze();
  // Nobody is inside any more, as far as lb1 knows: without lb2 that is no proof.
  tunnel.close();
  await expect(claim(page)).toContainText("Held, lb2?", { timeout: 20_000 });
  // How far lb1 came before lb2 was missed decides which of the two it says.
  await expect(tray(page)).toContainText(/lb2 (unknown since|does not answer)/);
  expect(await lb1.adminBits(SRV1)).toBe(DRAIN);
  lb2.thaw();
  await expect(claim(page)).toContainText("Your turn", { timeout: 20_000 });
  await board.expectState(SRV1, "Maint");
  expect(await stage.adminBits(SRV1)).toEqual([MAINT, MAINT]);
});

test("whoever sets it ready by hand is right: the maintenance ends as taken over and sends nothing more", async ({
  page,
  board,
  startStage,
}) => {
  const stage = await startStage({ hasHoldProxies: true });
  const [lb1, lb2] = stage.lbs;
  if (lb1 === undefined || lb2 === undefined) throw new Error("the stage has two load balancers");
  await stage.openTunnel(lb1, 1);
  await openBoard(page, stage);
  const id = await startByRest(stage);
  await expectBits(stage, DRAIN, 5_000);
  await board.expectState(SRV1, "Drain");
  const sent = () => stage.lbs.flatMap((lb) => lb.hold?.carriedOut().map(({ line }) => line) ?? []);
  const before = sent();

  await lb1.ask(`set server ${SRV1} state ready`);
  await expect(page.getByRole("region", { name: "Finished today" })).toContainText("taken over");
  const { phase } = await stage.app.get(`/maintenances/${id}`);
  expect(phase).toBe("overridden");
  await expect(board.cell(SRV1, "health")).toContainText("SPLIT");
  expect(await lb1.adminBits(SRV1)).toBe(READY);
  expect(await lb2.adminBits(SRV1)).toBe(DRAIN);
  const polls = lb1.hold?.polls() ?? 0;
  await until("a few more polls", () => (lb1.hold?.polls() ?? 0) >= polls + 4);
  expect(sent()).toEqual(before);

  await page.getByRole("region", { name: "Finished today" }).getByRole("link").click();
  await expect(page.getByRole("region", { name: "Flight recorder" })).toContainText(
    "On lb1 it is ready now, it was drain: set by a person or another tool.",
  );
});

test("two people: the other sees the claim at once, and a start of theirs is refused with who has it", async ({
  page,
  board,
  startStage,
  browser,
}) => {
  const stage = await startStage();
  const [lb1] = stage.lbs;
  if (lb1 === undefined) throw new Error("the stage has lb1");
  await stage.openTunnel(lb1, 1);
  const context = await browser.newContext();
  const other = await context.newPage();
  await openBoard(page, stage);
  await openBoard(other, stage);
  await other.getByRole("button", { name: `Maintain ${SRV1}`, exact: true }).click();
  const theirDialog = other.getByRole("dialog");
  const theirStart = theirDialog.getByRole("button", { name: "Start draining SRV1" });
  await expect(theirStart).toBeEnabled();

  const start = await openDialog(board);
  await expect(start).toBeEnabled();
  const seen = claimSeenAt(other);
  const clickedAtMs = Date.now();
  await start.click();
  const seenAfterMs = (await seen) - clickedAtMs;
  console.log(`the other person saw the claim after ${seenAfterMs} ms`);
  expect(seenAfterMs).toBeLessThan(5_000);

  // Their dialog plans again by itself and disables the button; whoever is faster is refused with the same words.
  await theirStart.click({ timeout: 1_000 }).catch(() => undefined);
  await expect(theirDialog.getByRole("alert")).toContainText(/APP1\/SRV1 is in maintenance \S+ of admin, for/);
  await expectBits(stage, DRAIN, 5_000);
  expect(await stage.app.get("/maintenances?open=true")).toHaveLength(1);
  await context.close();
});

/** Epoch ms of the moment the row says that somebody has the server, seen in the page itself. */
function claimSeenAt(page: Page): Promise<number> {
  return page.evaluate(
    (server) =>
      new Promise<number>((resolve) => {
        const isThere = () => document.querySelector(`[data-id="${server}"] a.is-job`) !== null;
        const observer = new MutationObserver(() => {
          if (!isThere()) return;
          observer.disconnect();
          resolve(Date.now());
        });
        observer.observe(document.body, { childList: true, subtree: true });
      }),
    SRV1,
  );
}
