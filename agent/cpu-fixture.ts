/** For tests: what work costs. CPU time of this thread, since on a busy machine the time on the wall is also what others cost. */

/** No input may keep the event loop from turning for longer (ms). */
export const longestTurnMs = 50;

/** ms */
export async function cpuMs(work: () => unknown): Promise<number> {
  const before = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}
