import { setTimeout as delay } from 'node:timers/promises';
import type { Stage } from './stage.ts';

/** A stage that takes so long, in ms, and makes nothing: for whoever must see a task that is worked on. */
export function waitingStage(ms: number): Stage {
  return {
    name: 'check',
    missing: async () => null,
    async run({ signal, progress }) {
      progress(0.5);
      await delay(ms, undefined, { signal });
      return {};
    },
  };
}
