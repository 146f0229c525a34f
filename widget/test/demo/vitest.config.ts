import { defineConfig } from "vitest/config";

// A poll that runs out of time calls its function once more beside the call under way, and here two
// would steer the same page: the limit is for what never comes, not for a slow machine.
const expect = { poll: { interval: 100, timeout: 30_000 } };

export default defineConfig({
  test: { include: ["test/demo/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000, fileParallelism: false, expect },
});
