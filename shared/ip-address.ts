/** IP addresses as text, without Node: what they are, whether they lie in a network, whether they are this machine. */

/** 4 or 16 bytes, in the order of the network. @returns null for what is no address */
export function addressBytes(text: string): readonly number[] | null {
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)) {
    const bytes = text.split('.').map(Number);
    // A zero in front means octal to some, and nothing to others.
    return bytes.join('.') === text && bytes.every((byte) => byte <= 255) ? bytes : null;
  }
  if (!text.includes(':')) return null;
  // A URL writes the groups in hex, and the longest run of empty ones as `::` (URL Standard, IPv6 serializer).
  const written = URL.parse(`http://[${text}]`)?.hostname.slice(1, -1);
  if (written === undefined) return null;
  const [before = [], after = []] = written.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const groups = [...before, ...Array(8 - before.length - after.length).fill('0'), ...after];
  return groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]);
}

/** @param network an address, or a network such as `10.0.0.0/8` */
export function isInNetwork(address: string, network: string): boolean {
  const [start = '', size] = network.split('/');
  const [wanted, given] = [addressBytes(start), addressBytes(address)];
  if (wanted === null || given === null || wanted.length !== given.length) return false;
  const bits = size === undefined ? wanted.length * 8 : /^\d{1,3}$/.test(size) ? Number(size) : Number.NaN;
  if (!(bits <= wanted.length * 8)) return false;
  const bit = (bytes: readonly number[], at: number): number => ((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1;
  return Array.from({ length: bits }, (_, at) => at).every((at) => bit(wanted, at) === bit(given, at));
}

/** Whether only programs of this machine can reach an address. A host name other than `localhost` could point anywhere. */
export function isLoopback(host: string): boolean {
  const plain = host.toLowerCase();
  return plain === 'localhost' || isInNetwork(plain, '127.0.0.0/8') || isInNetwork(plain, '::1');
}
