/** Notices that the machine slept: the wall clock jumps while timers stand still. */

const everyMs = 1000;
const jumpMs = 10_000;

/** @returns ends it */
export function watchForJumps(onJump: () => void): () => void {
  let last = Date.now();
  const timer = setInterval(() => {
    const now = Date.now();
    if (Math.abs(now - last - everyMs) > jumpMs) onJump();
    last = now;
  }, everyMs);
  return () => clearInterval(timer);
}
