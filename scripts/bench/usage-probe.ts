/** Preloaded into the agent's process (`--import`): tells what the process uses, whenever it is asked. */
import { readFileSync } from 'node:fs';
import type { Usage } from './usage.ts';

process.on('message', (message) => {
  if (message === 'usage') process.send?.(usage());
});
// Asking is possible while the agent runs; it must not keep it running.
process.channel?.unref();

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  return { rssBytes: process.memoryUsage.rss(), peakRssBytes: peakRss(), cpuMs: (user + system) / 1000 };
}

/** Linux's own ru_maxrss begins with that of the process which forked this one; VmHWM does not (proc(5), getrusage(2)). */
function peakRss(): number {
  const kib =
    process.platform === 'linux'
      ? Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
      : process.resourceUsage().maxRSS;
  return kib * 1024;
}
