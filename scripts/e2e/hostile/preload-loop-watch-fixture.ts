/**
 * Preloaded into the agent's process (`--import`): tells how long its event loop was kept from turning, whenever it is asked. A timer
 * that comes as often as the loop lets it compares its own thread's CPU time: on a busy machine that is what the agent did itself,
 * where the time on the wall is also what others did meanwhile.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';

const onTheWall = monitorEventLoopDelay({ resolution: 1 });
onTheWall.enable();

const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};
let before = cpuMs();
let longest = 0;
setInterval(() => {
  const now = cpuMs();
  longest = Math.max(longest, now - before);
  before = now;
}, 1).unref();

process.on('message', (message) => {
  if (message !== 'loop') return;
  process.send?.({ longestCpuMs: longest, longestWallMs: onTheWall.max / 1e6 });
  longest = 0;
  onTheWall.reset();
});
// Asking is possible while the agent runs; it must not keep it running.
process.channel?.unref();
