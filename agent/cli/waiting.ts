/** Waiting for an agent that starts or ends: looked at again and again, with a bound. */
import { setTimeout as wait } from 'node:timers/promises';

/** How often is looked, ms. */
const everyMs = 150;

/** @param look null: not yet @returns null when `boundMs` have passed in vain */
export async function waitFor<T>(boundMs: number, look: () => T | null | Promise<T | null>): Promise<T | null> {
  const deadline = performance.now() + boundMs;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (performance.now() >= deadline) return null;
    await wait(everyMs);
  }
}

/** Whether a process with this number is alive. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, but another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
