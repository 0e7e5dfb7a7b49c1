// axe on every page and every state of the board, light and dark, with the console empty under the page's own CSP (the
// `faults` fixture fails the test otherwise).
import { expect, openBoard, signIn, test } from "./fixtures.ts";
import { startApp } from "./lab/app.ts";
import { expectNoViolations } from "./lab/axe.ts";

const SRV1 = "APP1/SRV1";

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test("the board in every state, its dialog and its menus", async ({ page, board, stage }) => {
      // Seven runs of axe over a whole board.
      test.slow();
      const [lb1] = stage.lbs;
      if (lb1 === undefined) throw new Error("the stage has lb1");
      await openBoard(page, stage);
      await expectNoViolations(page, "all ready");

      await stage.openTunnel(lb1, 1);
      await stage.ask(`set server ${SRV1} state drain`);
      await stage.ask("set server APP1/SRV2 state maint");
      await lb1.ask("set server APP1/SRV3 state drain");
      await board.expectState("APP1/SRV2", "Maint");
      await expect(board.cell("APP1/SRV3", "health")).toContainText("SPLIT");
      await expect(board.cell(SRV1, "doing")).toContainText("Draining");
      await expectNoViolations(page, "drain, maint, split");

      await board.openRowMenu(SRV1);
      await expectNoViolations(page, "row menu");
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Your menu, admin" }).click();
      await expectNoViolations(page, "own menu");
      await page.keyboard.press("Escape");

      await board.state(SRV1, "Maint").click();
      await expect(board.dialog).toBeVisible();
      await expectNoViolations(page, "dialog");
      await board.dialog.getByRole("button", { name: `Set ${SRV1} to maint` }).click();
      await expect(board.toast("SRV1 is in maint on lb1, lb2.")).toBeVisible();
      await expectNoViolations(page, "toast");

      await page.setViewportSize({ width: 390, height: 844 });
      await page.getByRole("button", { name: `Open ${SRV1}` }).click();
      await expect(board.dialog).toBeVisible();
      await expectNoViolations(page, "phone sheet");
    });

    test("a stale load balancer and a down server", async ({ page, board, startStage }) => {
      const stage = await startStage({
        config: ({ port }, [one]) =>
          `frontend www\n bind 127.0.0.1:${port("app")}\n default_backend APP1\nbackend APP1\n option httpchk GET /health\n` +
          ` server SRV1 127.0.0.1:${one?.port} check inter 200\n server GONE 127.0.0.1:9 check inter 200 fall 1`,
      });
      await openBoard(page, stage);
      await expect(board.cell("APP1/GONE", "health")).toContainText("DOWN");
      await expectNoViolations(page, "down");
      await stage.lbs[1]?.kill();
      await expect(board.chip("lb2")).toContainText("stale");
      await expectNoViolations(page, "stale");
    });

    test.describe("pages around the board", () => {
      // A page that is not there answers 404, which the browser reports.
      test.use({ allowedFaults: /status of 404/ });

      test("sign-in, set-up, first run, not found", async ({ page }) => {
        const app = await startApp({ loadBalancers: {} });
        try {
          await page.goto(`${app.url}/sign-in`);
          await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
          await expectNoViolations(page, "sign-in");
          await page.goto(`${app.url}/setup?code=none`);
          await expect(page.getByRole("heading", { name: "Choose your password" })).toBeVisible();
          await expectNoViolations(page, "set-up");
          await signIn(page, app.url);
          await page.goto(app.url);
          await expect(page.getByRole("heading", { name: "Connect your HAProxy" })).toBeVisible();
          await expectNoViolations(page, "first run");
          await page.goto(`${app.url}/nowhere`);
          await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();
          await expectNoViolations(page, "not found");
        } finally {
          await app.dispose();
        }
      });
    });
  });
}
