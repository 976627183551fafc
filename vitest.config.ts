import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts", "host/**/*.test.ts", "demo/**/*.test.ts", "tools/**/*.test.ts"],
    // The real-Envoy files share one machine of two cores and fixed default ports.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
