import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that systems give to outgoing connections (Linux from 32768, Windows and macOS from 49152), any of which
 * could be taken between being found free and being listened at.
 */
const range = { from: 10_240, below: 32_768 };
/** So many failures in a row are no coincidence. */
const mostAttempts = 200;

/**
 * A port of loopback that nobody listens at, for a program that cannot choose one itself. No other caller gets it, in
 * whatever process, until this process ends: it stays reserved by a UDP socket on the same number, which the system takes
 * back however the process goes, and which is in no TCP server's way.
 * @throws when no free port is found
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const port = randomInt(range.from, range.below);
    if ((await reserve(port)) && (await canListen(port))) return port;
  }
  throw new Error(`no free port of 127.0.0.1 was found in ${mostAttempts} attempts`);
}

/** @returns false when somebody has it */
async function reserve(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  try {
    socket.bind({ address: '127.0.0.1', port, exclusive: true });
    await once(socket, 'listening');
  } catch {
    socket.close();
    return false;
  }
  socket.unref();
  return true;
}

async function canListen(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ host: '127.0.0.1', port, exclusive: true });
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
