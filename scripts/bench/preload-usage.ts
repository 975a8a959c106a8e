/** Preloaded into the agent's process (`--import`): tells what the process uses, whenever it is asked. */
import { subscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { Usage } from './usage.ts';

const sockets = new Set<Socket>();
let readByClosed = 0;

for (const channel of ['net.client.socket', 'net.server.socket']) {
  subscribe(channel, (message) => {
    const { socket } = message as { socket: Socket };
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      readByClosed += socket.bytesRead;
    });
  });
}

process.on('message', (message) => {
  if (message === 'usage') process.send?.(usage());
});
// Asking is possible while the agent runs; it must not keep it running.
process.channel?.unref();

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  return {
    rssBytes: process.memoryUsage.rss(),
    peakRssBytes: peakRss(),
    cpuMs: (user + system) / 1000,
    files: process.platform === 'linux' ? fileReads() : null,
  };
}

/** Linux's own ru_maxrss begins with that of the process which forked this one; VmHWM does not (proc(5), getrusage(2)). */
function peakRss(): number {
  const kib =
    process.platform === 'linux'
      ? Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
      : process.resourceUsage().maxRSS;
  return kib * 1024;
}

/** `rchar` counts what read(2) gave to any thread, from files and from sockets (proc(5)). */
function fileReads(): Usage['files'] {
  const io = readFileSync('/proc/self/io', 'utf8');
  const field = (name: string): number => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(io)?.[1]);
  const fromSockets = [...sockets].reduce((sum, { bytesRead }) => sum + bytesRead, readByClosed);
  return { readBytes: field('rchar') - fromSockets, fromDiskBytes: field('read_bytes') };
}
