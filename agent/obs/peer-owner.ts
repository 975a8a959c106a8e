/**
 * Whose program is at the other end of a connection on this machine. Linux tells it to everybody: each end of a connection is a line
 * of /proc/net/tcp or tcp6, with the user's id. A port proves nothing: whoever takes it before OBS would be taken for OBS.
 * Source: https://docs.kernel.org/networking/proc_net_tcp.html; Tailscale's local API does the same (safesocket, peercred).
 */
import { readFile } from 'node:fs/promises';
import { isIP, type Socket } from 'node:net';
import { endianness } from 'node:os';

/** One end of a connection. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** `gone`: the connection does not stand any more. `elsewhere`: the other end is not in the tables, so in no program that shares them. */
export type PeerOwner = { readonly uid: number } | 'gone' | 'elsewhere';

const tables = ['/proc/net/tcp', '/proc/net/tcp6'] as const;
/** TCP_ESTABLISHED (include/net/tcp_states.h). Of a connection that ends, the table says 0 as the user. */
const established = '01';

/** @returns null: this system does not tell, or the other end is on another machine */
export async function peerOwner(socket: Socket): Promise<PeerOwner | null> {
  const { localAddress, localPort, remoteAddress, remotePort } = socket;
  if (process.platform !== 'linux' || !remoteAddress || !remotePort || !localAddress || !localPort) return null;
  if (!isLoopback(remoteAddress)) return null;
  const us = { address: localAddress, port: localPort };
  const peer = { address: remoteAddress, port: remotePort };
  // One after the other: the kernel walks through all of its connections for each, which takes some ms.
  let read = '';
  for (const file of tables) {
    read += await readFile(file, 'latin1').catch(() => '');
    const owner = ownerOf(read, peer, us);
    if (typeof owner === 'object') return owner;
  }
  return read === '' ? null : ownerOf(read, peer, us);
}

/** @param text of the tables, one after the other */
export function ownerOf(text: string, peer: Endpoint, us: Endpoint): PeerOwner {
  const [theirs, ours] = [spellings(peer), spellings(us)];
  let found: PeerOwner = 'elsewhere';
  let stands = false;
  const ourPort = `:${hexPort(us)} `;
  for (const line of text.split('\n')) {
    // There may be tens of thousands.
    if (!line.includes(ourPort)) continue;
    const [, local = '', remote = '', state = '', , , , uid = ''] = line.trim().split(/\s+/);
    if (ours.has(local) && theirs.has(remote)) stands = state === established;
    if (!theirs.has(local) || !ours.has(remote)) continue;
    found = state === established && /^\d+$/.test(uid) ? { uid: Number(uid) } : 'gone';
  }
  return stands ? found : 'gone';
}

/** Whether a program of this user is trusted to be OBS: it is the user's own, or the system's. */
export function isOurs(uid: number, own: number | undefined = process.getuid?.()): boolean {
  return uid === own || uid === 0;
}

const isLoopback = (address: string): boolean => /^(?:::ffff:)?127\.|^::1$/i.test(address);

/** The ways in which the tables write an endpoint: a program that listens on both kinds of addresses has IPv4 ones in tcp6. */
function spellings({ address, port }: Endpoint): ReadonlySet<string> {
  const end = hexPort({ port });
  const plain = address.replace(/^::ffff:/i, '');
  if (isIP(plain) === 4) {
    const four = word(Buffer.from(plain.split('.').map(Number)));
    const mapped = `${'0'.repeat(16)}${word(Buffer.from([0, 0, 0xff, 0xff]))}${four}`;
    return new Set([`${four}:${end}`, `${mapped}:${end}`]);
  }
  // The only other address of this machine that we connect to.
  return new Set([`${'0'.repeat(24)}${word(Buffer.from([0, 0, 0, 1]))}:${end}`]);
}

const hexPort = ({ port }: Pick<Endpoint, 'port'>): string => port.toString(16).toUpperCase().padStart(4, '0');

/** Four bytes of an address as one number in the machine's own order. */
function word(bytes: Buffer): string {
  const value = endianness() === 'LE' ? bytes.readUInt32LE() : bytes.readUInt32BE();
  return value.toString(16).toUpperCase().padStart(8, '0');
}
