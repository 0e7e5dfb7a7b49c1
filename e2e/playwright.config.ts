// The browser suite: the built app and real HAProxy. No webServer: every worker starts its own of both, on free ports,
// and ends them by their ids (fixtures.ts).
import { resolve } from "node:path";
import { defineConfig } from "@playwright/test";
import { chromium } from "../scripts/test-tools.mjs";

export default defineConfig({
  testDir: ".",
  testMatch: "**/*.spec.ts",
  outputDir: resolve(import.meta.dirname, "../.cache/playwright"),
  workers: 2,
  fullyParallel: true,
  // A test that needs a second try is a failing test.
  retries: process.env.CI ? 1 : 0,
  forbidOnly: Boolean(process.env.CI),
  timeout: 60_000,
  expect: { timeout: 20_000 },
  use: {
    browserName: "chromium",
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    // Without film: it would take a good part of the two cores the tests run on.
    trace: { mode: "retain-on-failure", screenshots: false, sources: false },
    launchOptions: { executablePath: chromiumPath() },
  },
});

function chromiumPath(): string {
  const found = process.env.CHROMIUM_PATH ?? chromium().bin;
  if (!found) throw new Error("No Chromium was found: run `npm test`, or set CHROMIUM_PATH to one.");
  return found;
}
