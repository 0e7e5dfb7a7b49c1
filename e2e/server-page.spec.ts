// The page of one server on real HAProxy: what is listed, ended and diagnosed is compared with what HAProxy itself says.
import type { Locator, Page } from "@playwright/test";
import { expect, openBoard, signIn, test } from "./fixtures.ts";
import { ADMIN_TOKEN } from "./lab/app.ts";
import { expectNoViolations } from "./lab/axe.ts";
import { APP_PORT } from "./lab/configs.ts";
import { visit } from "./lab/origins.ts";
import type { Stage, StageLb } from "./lab/stage.ts";

const SRV1 = "APP1/SRV1";
const SRV2 = "APP1/SRV2";

function lbsOf(stage: Stage): [StageLb, StageLb] {
  const [lb1, lb2] = stage.lbs;
  if (lb1 === undefined || lb2 === undefined) throw new Error("the stage has two load balancers");
  return [lb1, lb2];
}

/** A request that stays open until it is ended or the stage is disposed of. */
function hold(lb: StageLb, serverNumber: number): void {
  visit(lb.port(APP_PORT), "/hold", [`HAPROXY_SESSION=s${serverNumber}`]).catch(() => undefined);
}

/** Sessions on a server as each HAProxy lists them now. */
async function listed(stage: Stage, id: string): Promise<number> {
  const [backend, server] = id.split("/");
  const replies = await Promise.all(stage.lbs.map((lb) => lb.ask("show sess")));
  return replies.join("\n").split(` be=${backend} srv=${server} `).length - 1;
}

async function drainByRest({ app }: Stage): Promise<void> {
  const response = await fetch(`${app.url}/api/v1/maintenances`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify({ servers: [SRV1], quiet: "30s", deadline: "30m", reason: "kernel", override: true }),
  });
  expect(response.status, await response.text()).toBe(201);
}

async function openServer(page: Page, { app }: Stage, id = SRV1): Promise<void> {
  await signIn(page, app.url);
  await page.goto(`${app.url}/servers/${id}`);
  await expect(page.getByRole("heading", { name: id.replace("/", " / ") })).toBeVisible();
}

const sessions = (page: Page) => page.getByRole("region", { name: "Remaining sessions" });
const rows = (page: Page) => sessions(page).getByRole("rowheader");
const kind = (page: Page, word: string) =>
  page.getByRole("group", { name: "Filter by kind" }).getByRole("button", { name: word });
const course = (page: Page) => page.getByRole("region", { name: `Course of ${SRV1}` });
const why = (page: Page): Locator => page.locator("#why");

/** Before the app is ended: what the page still fetches ahead for its links would fail and be taken for a fault. */
async function leave(page: Page): Promise<void> {
  await page.goto("about:blank");
}

async function expectNoSideScroll(page: Page): Promise<void> {
  const widths = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  expect(widths[0]).toBeLessThanOrEqual(widths[1] ?? 0);
}

test("sessions are listed and ended by kind, and no other server's", async ({ page, startStage }) => {
  test.slow();
  const stage = await startStage();
  const [lb1, lb2] = lbsOf(stage);
  for (const lb of [lb1, lb2]) await stage.openTunnel(lb, 1);
  await stage.openTunnel(lb1, 2);
  hold(lb2, 1);
  hold(lb2, 2);
  await expect.poll(() => listed(stage, SRV1)).toBe(3);
  await openServer(page, stage);
  await expect(kind(page, "All")).toContainText("3");
  await expect(kind(page, "HTTP")).toContainText("1");
  await expect(kind(page, "Tunnel")).toContainText("2");
  await expect(rows(page)).toHaveCount(3);
  await kind(page, "Tunnel").click();
  await expect(rows(page)).toHaveCount(2);

  await sessions(page).getByRole("button", { name: "End 2 tunnels…" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText(`End 2 tunnels of ${SRV1}?`);
  await expect(dialog.getByRole("button", { name: "Cancel" })).toBeFocused();
  await dialog.getByRole("button", { name: "End 2 tunnels" }).click();
  await expect(dialog).toContainText(`Ended 2 tunnels of ${SRV1}`);
  await expect(dialog).toContainText("Found2Ended2Remain0");
  expect(await listed(stage, SRV1)).toBe(1);
  expect(await listed(stage, SRV2)).toBe(2);
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await expect(kind(page, "All")).toContainText("1");

  await kind(page, "All").click();
  await sessions(page)
    .getByRole("button", { name: /^End the request of/ })
    .click();
  await dialog.getByRole("button", { name: /^End the request of/ }).click();
  await expect(dialog).toContainText("Found1Ended1Remain0");
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await expect(sessions(page)).toContainText("No session on it now.");
  expect(await listed(stage, SRV1)).toBe(0);
  expect(await listed(stage, SRV2)).toBe(2);
});

test("a count that is not true any more ends nothing: it is said, and counted again", async ({ page, startStage }) => {
  test.slow();
  const stage = await startStage();
  const [lb1] = lbsOf(stage);
  const tunnels = [];
  for (let i = 0; i < 6; i++) tunnels.push(await stage.openTunnel(lb1, 1));
  await openServer(page, stage);
  await page.getByRole("button", { name: "End all 6 sessions…" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("button", { name: "End 6 sessions" })).toBeVisible();
  for (let i = 0; i < 6; i++) await stage.openTunnel(lb1, 1);
  await dialog.getByRole("button", { name: "End 6 sessions" }).click();
  await expect(dialog.getByRole("alert")).toContainText("12 sessions of APP1/SRV1 would end now, not 6.");
  await expect(dialog.getByRole("button", { name: "End 12 sessions" })).toBeVisible();
  expect(await listed(stage, SRV1)).toBe(12);
});

test("during a drain: burn-down, why it is not empty, history, and the events of this server", async ({
  page,
  startStage,
}) => {
  test.slow();
  const stage = await startStage();
  const [lb1, lb2] = lbsOf(stage);
  await stage.openTunnel(lb1, 1);
  hold(lb2, 1);
  await expect.poll(() => listed(stage, SRV1)).toBe(2);
  await drainByRest(stage);
  await openServer(page, stage);
  await expect(page.getByRole("status", { name: "Fleet status" })).toContainText(
    "SRV1 is in drain on both load balancers. New users go to 2 other servers of APP1.",
  );
  await expect(course(page)).toContainText("sessions left of 2");
  await expect(course(page)).toContainText("Tunnels1 may stay");
  await expect(course(page).getByRole("img")).toHaveAccessibleName(/to 2 now\..* 1 tunnel may stay\. Deadline/);
  await expect(page.getByRole("link", { name: "Maintenance of" })).toHaveAttribute("href", /^\/maintenances\//);

  await expect(why(page)).toContainText("1 tunnel");
  await expect(why(page).getByRole("button", { name: "End 1… tunnel" })).toBeVisible();
  await why(page).getByText("that HAProxy's socket cannot show").click();
  await expect(why(page).getByRole("button", { name: "Copy" }).first()).toBeVisible();
  await expect(page.getByRole("region", { name: "Load balancers" }).getByRole("rowheader")).toHaveText(["lb1", "lb2"]);
  await expect(page.getByRole("region", { name: "Events" })).toContainText("drain");

  await page.getByRole("button", { name: "10 minutes" }).click();
  await expect(course(page).getByRole("img", { name: /last 10 minutes: .* 2 now\./ })).toBeVisible();
  await page.getByRole("button", { name: "24 hours" }).click();
  await expect(course(page).getByRole("img", { name: /last 24 hours/ })).toBeVisible();
  await course(page).getByRole("button", { name: "Show as table" }).click();
  await expect(course(page).getByRole("columnheader", { name: "Sessions" })).toBeVisible();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await expectNoViolations(page, `server page, ${colorScheme}`);
  }

  await why(page).getByRole("button", { name: "End 1… tunnel" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "End 1 tunnel" }).click();
  await expect(page.getByRole("dialog")).toContainText("Ended 1 tunnel");
  expect(await listed(stage, SRV1)).toBe(1);
});

test("weight behind the menu, with its effect in words; HAProxy has it", async ({ page, stage }) => {
  await openServer(page, stage);
  await page.getByRole("button", { name: `More for ${SRV1}` }).click();
  await page.getByRole("menuitem", { name: /^Weight….*so it is not a drain/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Weight").fill("many");
  await expect(dialog).toContainText("Write a whole number");
  await dialog.getByLabel("Weight").fill("7");
  await dialog.getByRole("button", { name: "Set the weight of SRV1" }).click();
  await expect(page.getByRole("region", { name: /^Notifications/ })).toContainText("SRV1 on lb1 and lb2:");
  for (const lb of stage.lbs) expect(await lb.ask(`get weight ${SRV1}`)).toContain("7 (initial 1)");
  await expect(page.getByText("7, 1 in haproxy.cfg")).toBeVisible();
  await stage.ask(`set weight ${SRV1} 100%`);
});

test("by keyboard: from the row to the page, through it, and back to the same place", async ({
  page,
  board,
  stage,
}) => {
  await openBoard(page, stage);
  await board.filter.fill("SRV2");
  await expect(board.row(SRV1)).toHaveCount(0);
  await board.row("API/SRV2").focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "API / SRV2" })).toBeVisible();
  await page.keyboard.press("s");
  const control = page.getByRole("group", { name: "Admin state of API/SRV2" });
  await expect(control.getByRole("button", { name: "Ready" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(board.row("API/SRV2")).toBeFocused();
  await expect(board.filter).toHaveValue("SRV2");
  await expect(board.row(SRV1)).toHaveCount(0);
  await expect(board.statusLine).toContainText("States agree");
});

test("on a phone: from the sheet to the page, the actions under the thumb, one session ended", async ({
  page,
  startStage,
}) => {
  test.slow();
  const stage = await startStage();
  const [lb1] = lbsOf(stage);
  await stage.openTunnel(lb1, 1);
  await stage.openTunnel(lb1, 1);
  await page.setViewportSize({ width: 390, height: 844 });
  await openBoard(page, stage);
  await page.getByRole("button", { name: `Open ${SRV1}` }).click();
  await page.getByRole("link", { name: "Sessions and history" }).click();
  await expect(page.getByRole("heading", { name: "APP1 / SRV1" })).toBeVisible();
  await expectNoSideScroll(page);
  await expect(page.getByRole("button", { name: "End all 2 sessions…" })).toBeInViewport();
  await sessions(page).scrollIntoViewIfNeeded();
  await expect(rows(page)).toHaveCount(2);
  await expectNoViolations(page, "server page on a phone");
  const end = sessions(page)
    .getByRole("button", { name: /^End the tunnel of/ })
    .first();
  expect((await end.boundingBox())?.height).toBeGreaterThanOrEqual(44);
  await end.click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /^End the tunnel of/ })
    .click();
  await expect(page.getByRole("dialog")).toContainText("Found1Ended1Remain0");
  expect(await listed(stage, SRV1)).toBe(1);
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
  await page.getByRole("link", { name: "Back to the board" }).click();
  await expect(page.getByRole("button", { name: `Open ${SRV1}` })).toBeVisible();
  await leave(page);
});

test("what is not known is not shown: a silent load balancer, an unknown server", async ({ page, startStage }) => {
  const stage = await startStage();
  const [lb1, lb2] = lbsOf(stage);
  await stage.openTunnel(lb1, 1);
  await openServer(page, stage);
  await expect(kind(page, "All")).toContainText("1");
  await lb2.freeze();
  await expect(page.getByRole("region", { name: "Load balancers" })).toContainText("does not answer. It was ready");
  await expect(course(page)).toContainText("1+?");
  await expect(sessions(page)).toContainText("lb2 does not answer; its sessions are not known.");
  lb2.thaw();
  await expect(course(page)).not.toContainText("+?");

  await page.waitForLoadState("networkidle");
  await page.goto(`${stage.app.url}/servers/APP1/NONE`);
  await expect(page.getByRole("heading", { name: "No such server" })).toBeVisible();
  await page.getByRole("link", { name: "Back to the board" }).click();
  await expect(page.getByRole("row", { name: SRV1 })).toBeVisible();
  await leave(page);
});

test.describe("without the app", () => {
  test.use({ allowedFaults: /WebSocket|ERR_CONNECTION_REFUSED|ERR_EMPTY|Failed to load/ });

  test("the numbers go when the connection is lost", async ({ page, startStage }) => {
    const stage = await startStage();
    const [lb1] = lbsOf(stage);
    await stage.openTunnel(lb1, 1);
    await openServer(page, stage);
    await expect(rows(page)).toHaveCount(1);
    await stage.app.stop();
    await expect(course(page)).toContainText("No connection to Drainboard.");
    await expect(sessions(page)).toContainText("who is there now is not known");
    await expect(page.getByRole("region", { name: "Load balancers" })).toHaveCount(0);
    await expect(page.getByRole("button", { name: /^End/ })).toHaveCount(0);
  });
});

test("whoever may only look sees no button that changes something", async ({ page, startStage }) => {
  const stage = await startStage();
  const { url } = stage.app;
  const [lb1] = lbsOf(stage);
  await stage.openTunnel(lb1, 1);
  const invited = await page.request.post(`${url}/api/v1/people`, {
    data: { name: "kim", role: "viewer" },
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  const { link } = (await invited.json()) as { link: { url: string } };
  const reset = await page.request.post(`${url}/auth/reset`, {
    data: { code: new URL(link.url).searchParams.get("code"), password: "staple battery horse" },
    headers: { origin: url },
  });
  expect(reset.status()).toBe(204);
  await page.goto(`${url}/servers/${SRV1}`);
  await expect(rows(page)).toHaveCount(1);
  await expect(page.getByRole("group", { name: `Admin state of ${SRV1}` })).toHaveAttribute(
    "title",
    /^Your role is viewer/,
  );
  for (const name of [/^Maintain/, /^End/, /^Set /]) await expect(page.getByRole("button", { name })).toHaveCount(0);
  await page.getByRole("button", { name: `More for ${SRV1}` }).click();
  await expect(page.getByRole("menuitem", { name: /^Weight/ })).toHaveCount(0);
  await page.waitForLoadState("networkidle");
});
