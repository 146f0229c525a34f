import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/browser/*.test.ts"],
    testTimeout: 40_000,
    hookTimeout: 60_000,
    // Each file has its own browser and server; two of them keep two cores busy.
    maxWorkers: 2,
    minWorkers: 1,
    // As the limits above: for what never comes, not for a slow machine.
    expect: { poll: { timeout: 10_000 } },
  },
});
