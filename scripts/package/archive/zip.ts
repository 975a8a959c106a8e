/** Zip archives (APPNOTE 6.3) that the same folder gives byte for byte. */
import { open, readFile } from 'node:fs/promises';
import { crc32, deflateRawSync } from 'node:zlib';
import { type Entry, entriesOf } from './tree.ts';

const localSignature = 0x04034b50;
const centralSignature = 0x02014b50;
const endSignature = 0x06054b50;
const neededVersion = 20;
const madeByUnix = 3 << 8;
const utf8Names = 1 << 11;
const deflated = 8;

/**
 * Packs a folder as a zip in which everything lies below `root`; less than 4 GiB of it.
 * @param epoch of every file, seconds since 1970, no earlier than 1980; zip has it to two seconds
 */
export async function writeZip(file: string, folder: string, root: string, epoch: number): Promise<void> {
  const archive = await open(file, 'w');
  try {
    const directory: Buffer[] = [];
    let at = 0;
    const write = async (bytes: Uint8Array): Promise<void> => {
      await archive.writeFile(bytes);
      at += bytes.length;
    };
    for (const entry of await entriesOf(folder)) {
      const name = Buffer.from(`${root}/${entry.name}${entry.isFolder ? '/' : ''}`);
      const content = entry.isFolder ? Buffer.alloc(0) : await readFile(entry.file);
      const packed = entry.isFolder ? content : deflateRawSync(content, { level: 9 });
      const common = commonFields(entry, { content, packed, nameBytes: name.length, epoch });
      directory.push(centralHeader(entry, common, at), name);
      await write(signed(localSignature, common));
      await write(name);
      await write(packed);
    }
    const central = Buffer.concat(directory);
    const start = at;
    await write(central);
    await write(endRecord(directory.length / 2, central.length, start));
  } finally {
    await archive.close();
  }
}

interface Packed {
  readonly content: Buffer;
  readonly packed: Buffer;
  readonly nameBytes: number;
  readonly epoch: number;
}

/** What a file's local header and the directory say alike: from the version that is needed to the extra field's length. */
function commonFields({ isFolder }: Entry, { content, packed, nameBytes, epoch }: Packed): Buffer {
  const { date, time } = dosTime(epoch);
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(neededVersion, 0);
  fields.writeUInt16LE(utf8Names, 2);
  fields.writeUInt16LE(isFolder ? 0 : deflated, 4);
  fields.writeUInt16LE(time, 6);
  fields.writeUInt16LE(date, 8);
  fields.writeUInt32LE(crc32(content), 10);
  fields.writeUInt32LE(packed.length, 14);
  fields.writeUInt32LE(content.length, 18);
  fields.writeUInt16LE(nameBytes, 22);
  return fields;
}

function centralHeader({ mode, isFolder }: Entry, common: Buffer, at: number): Buffer {
  const version = Buffer.alloc(2);
  version.writeUInt16LE(madeByUnix | neededVersion);
  const rest = Buffer.alloc(14);
  // The upper half is Unix's mode, with its kind of file; the lower is DOS's, where 16 is a folder.
  const kind = isFolder ? 0o040000 : 0o100000;
  rest.writeUInt32LE((((kind | mode) << 16) | (isFolder ? 16 : 0)) >>> 0, 6);
  rest.writeUInt32LE(at, 10);
  return signed(centralSignature, Buffer.concat([version, common, rest]));
}

function endRecord(entries: number, bytes: number, at: number): Buffer {
  const record = Buffer.alloc(18);
  record.writeUInt16LE(entries, 4);
  record.writeUInt16LE(entries, 6);
  record.writeUInt32LE(bytes, 8);
  record.writeUInt32LE(at, 12);
  return signed(endSignature, record);
}

function signed(signature: number, rest: Buffer): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(signature);
  return Buffer.concat([bytes, rest]);
}

/** In UTC: the machine's own zone has no place in the archive. */
export function dosTime(epoch: number): { date: number; time: number } {
  const at = new Date(epoch * 1000);
  return {
    date: ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate(),
    time: (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1),
  };
}
