/** Again, a moment later. */
// Tests: ../stale-connections.test.ts
import { setTimeout as sleep } from 'node:timers/promises';
import { isReset } from '../../failures.ts';

/** How often, and after which time at first; it doubles. ms */
const mostRepeats = 3;
const firstRepeatMs = 100;

/**
 * Does what a reset connection broke again, a few times, a moment apart: a peer may reset one connection and serve the next.
 * @param before called before each repetition; false: there is none
 * @throws what the last one threw
 */
export async function despiteResets<T>(
  work: () => Promise<T>,
  signal: AbortSignal,
  before: () => Promise<boolean> | boolean = () => true,
): Promise<T> {
  for (let repeats = 0; ; repeats += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isReset(error) || repeats >= mostRepeats) throw error;
      await pause(firstRepeatMs * 2 ** repeats, signal);
      if (!(await before())) throw error;
    }
  }
}

/** @throws the signal's reason when it is aborted meanwhile */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}
