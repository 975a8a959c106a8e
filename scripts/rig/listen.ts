import { once } from 'node:events';
import type { Server } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Whether this machine has the address [::1]. */
export const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

/** Lets a server listen on loopback. @param port 0: any free one. @returns the port. @throws when it is taken */
export async function listen(server: Server, port = 0): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no TCP port');
  return address.port;
}
