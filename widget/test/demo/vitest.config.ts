import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["test/demo/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000, fileParallelism: false },
});
