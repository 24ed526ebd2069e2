// How journeys run: one after the other, for they share a server; each in a bounded time.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['journeys/**/*.test.ts'], testTimeout: 180_000, hookTimeout: 60_000, fileParallelism: false, bail: 3 },
});
