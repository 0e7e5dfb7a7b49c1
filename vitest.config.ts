import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{lib,server,components,scripts}/**/*.test.{ts,tsx}"],
    environment: "node",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Real processes on a shared machine of two cores: a second try in CI only. At a desk a flaky test fails.
    retry: process.env.CI ? 1 : 0,
  },
});
