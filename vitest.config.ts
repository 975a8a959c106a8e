import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const globalSetup = 'scripts/e2e/global-setup.ts';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.{ts,tsx}'],
          exclude: ['**/node_modules/**', '**/dist/**', 'scripts/e2e/**'],
          // They wait for sockets and disks more than they compute, also on two cores.
          maxWorkers: 4,
          testTimeout: 15_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['scripts/e2e/**/*.e2e.ts'],
          globalSetup: existsSync(new URL(globalSetup, import.meta.url)) ? [globalSetup] : [],
          // Each file has programs of its own (OBS, a browser, the agent) and mostly waits for them.
          maxWorkers: 5,
          testTimeout: 120_000,
          // Set-up may fetch and unpack those programs the first time.
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
