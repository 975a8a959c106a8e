import { defineConfig } from 'vitest/config';
import { LongestFirst } from './scripts/test/longest-first.ts';

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.{ts,tsx}'],
          exclude: ['**/node_modules/**', '**/dist/**', 'scripts/e2e/**'],
          // Files share their workers' modules, which halves what the tests cost; each puts back what it changes.
          isolate: false,
          // They wait for sockets and disks more than they compute, also on two cores.
          maxWorkers: 4,
          testTimeout: 15_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['scripts/e2e/**/*.e2e.ts'],
          // Each file has programs of its own (OBS, a browser, the agent) and mostly waits for them.
          maxWorkers: 5,
          testTimeout: 120_000,
          // Set-up may fetch and unpack those programs the first time.
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          // Whole systems of Windows' own programs: `npm test` runs them, and the unit tests once more, with Windows' Node under Wine.
          name: 'windows',
          include: ['scripts/e2e/windows/*.windows.ts'],
          maxWorkers: 2,
          testTimeout: 180_000,
        },
      },
      {
        test: {
          // What is timed, one file after the other and nothing beside it.
          name: 'alone',
          include: ['scripts/e2e/**/*.alone.ts'],
          maxWorkers: 1,
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
