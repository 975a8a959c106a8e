/** Tar archives (POSIX.1-1988, ustar) that the same folder gives byte for byte: no user, no clock and no order of this machine in them. */
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Entry, entriesOf } from './tree.ts';

const block = 512;

/**
 * Packs a folder as `file`, a .tar.gz in which everything lies below `root`.
 * @param epoch of every file, seconds since 1970
 */
export async function writeTarGz(file: string, folder: string, root: string, epoch: number): Promise<void> {
  const entries = await entriesOf(folder);
  await pipeline(() => tarBlocks(entries, root, epoch), createGzip({ level: 9 }), createWriteStream(file));
}

async function* tarBlocks(entries: readonly Entry[], root: string, epoch: number): AsyncGenerator<Buffer> {
  const link = entries.find(({ isLink }) => isLink);
  if (link) throw new Error(`${link.name} is a link, which these archives do not hold`);
  yield tarHeader({ name: `${root}/`, mode: 0o755, bytes: 0, isFolder: true }, epoch);
  for (const entry of entries) {
    yield tarHeader({ ...entry, name: `${root}/${entry.name}${entry.isFolder ? '/' : ''}` }, epoch);
    if (entry.isFolder) continue;
    yield* createReadStream(entry.file);
    yield Buffer.alloc((block - (entry.bytes % block)) % block);
  }
  // Two empty blocks end it.
  yield Buffer.alloc(2 * block);
}

/** @throws Error for a name that has no room: 100 bytes, or 155 of folders and 100 more */
export function tarHeader(
  { name, mode, bytes, isFolder }: Pick<Entry, 'name' | 'mode' | 'bytes' | 'isFolder'>,
  epoch: number,
): Buffer {
  const header = Buffer.alloc(block);
  const octal = (value: number, at: number, length: number): void =>
    void header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  const { prefix, rest } = splitName(name);
  header.write(rest, 0);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(bytes, 124, 12);
  octal(epoch, 136, 12);
  header.write('        ', 148);
  header.write(isFolder ? '5' : '0', 156);
  header.write('ustar\u000000', 257, 'latin1');
  header.write('root', 265);
  header.write('root', 297);
  header.write(prefix, 345);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

function splitName(name: string): { prefix: string; rest: string } {
  if (Buffer.byteLength(name) <= 100) return { prefix: '', rest: name };
  for (let at = name.indexOf('/'); at > 0; at = name.indexOf('/', at + 1)) {
    const [prefix, rest] = [name.slice(0, at), name.slice(at + 1)];
    if (rest !== '' && Buffer.byteLength(rest) <= 100 && Buffer.byteLength(prefix) <= 155) return { prefix, rest };
  }
  throw new Error(`${name} is too long a name for a tar archive`);
}
