import { once } from 'node:events';
import { createServer } from 'node:net';

/** Ports of loopback that nobody listens on, for programs that can't choose one themselves. All differ. */
export async function freePorts<const N extends number>(count: N): Promise<number[] & { length: N }> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  // All are held until all are known: the system would give the same one twice.
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no free port');
    return address.port;
  });
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports as number[] & { length: N };
}
