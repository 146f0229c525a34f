import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/browser/*.test.ts"],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    fileParallelism: false,
    // For what never comes, not for a slow machine.
    expect: { poll: { timeout: 10_000 } },
  },
});
