/**
 * A drive over a folder, of which files are read, moved and deleted, and which stops answering when it is told to: a FUSE file system (Linux's
 * include/uapi/linux/fuse.h) in a process of its own. Its parent says `hang`, `answer`, or with which operation it is to stop; it says
 * `ready`, and `hang` whenever it has stopped. Ends with its parent, and the mount with it.
 */
import { spawnSync } from 'node:child_process';
import { type FileHandle, link, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import {
  type Attributes,
  attributes,
  directory,
  entry,
  type Operation,
  opcode,
  type Request,
  readRequest,
  reply,
} from './fuse.ts';

const [folder = '', mountPoint = ''] = process.argv.slice(2);
const device = await open('/dev/fuse', 'r+');
/** What the kernel calls files; 1 is the root. */
const places = new Map<bigint, string>([[1n, folder]]);
const numbers = new Map<string, bigint>([[folder, 1n]]);
let lastNumber = 1n;
const files = new Map<bigint, FileHandle>();
/** While it hangs, requests are left with the kernel: who waits for them can be killed, as with NFS. */
const now: { silence: PromiseWithResolvers<void> | null; at: number | null } = { silence: null, at: null };

const options = `fd=3,rootmode=40000,user_id=${process.getuid?.()},group_id=${process.getgid?.()},allow_other`;
const mount = spawnSync('mount', ['-i', '-t', 'fuse', '-o', options, 'streamai-drive', mountPoint], {
  stdio: ['ignore', 'inherit', 'inherit', device.fd],
});
if (mount.status !== 0) throw new Error('it could not be mounted');

process.on('disconnect', () => process.exit());
process.on('message', (message) => {
  if (typeof message === 'string' && message in opcode) {
    now.at = opcode[message as Operation];
    process.send?.(message);
    return;
  }
  if (message === 'hang') {
    now.silence = Promise.withResolvers();
    // The read that is under way takes one more request: better ours than one that nobody could kill from then on.
    void stat(mountPoint).catch(() => {});
    return;
  }
  now.silence?.resolve();
  now.silence = null;
  process.send?.(message);
});

function number(place: string): bigint {
  const known = numbers.get(place) ?? ++lastNumber;
  numbers.set(place, known);
  places.set(known, place);
  return known;
}

/** A file keeps its number under another name. */
function moved(from: string, to: string): void {
  const known = numbers.get(from);
  numbers.delete(from);
  if (known === undefined) return;
  numbers.set(to, known);
  places.set(known, to);
}

/** Names end with a zero byte. */
const names = (data: Buffer): string[] => data.toString('utf8').split('\0');

const look = async (place: string): Promise<Attributes> => ({
  number: number(place),
  stats: await stat(place, { bigint: true }),
});

/** @returns null: this is not answered */
async function bodyFor({ code, node, data }: Request): Promise<Buffer | null> {
  const place = places.get(node) ?? folder;
  switch (code) {
    case opcode.lookup:
      return entry(await look(path.join(place, data.toString('utf8', 0, data.indexOf(0)))));
    case opcode.getattr:
      return Buffer.concat([Buffer.alloc(16), attributes(await look(place))]);
    case opcode.open: {
      const file = await open(place);
      files.set(BigInt(file.fd), file);
      // FOPEN_DIRECT_IO: every read comes to us.
      const body = Buffer.alloc(16);
      body.writeBigUInt64LE(BigInt(file.fd), 0);
      body.writeUInt32LE(1, 8);
      return body;
    }
    case opcode.read: {
      const body = Buffer.alloc(data.readUInt32LE(16));
      const read = await files
        .get(data.readBigUInt64LE(0))
        ?.read(body, 0, body.length, Number(data.readBigUInt64LE(8)));
      return body.subarray(0, read?.bytesRead ?? 0);
    }
    case opcode.unlink:
      await unlink(path.join(place, data.toString('utf8', 0, data.indexOf(0))));
      return Buffer.alloc(0);
    case opcode.rename: {
      // `fuse_rename_in`: the other folder's number, then both names.
      const [from = '', to = ''] = names(data.subarray(8)).map((name, index) =>
        path.join(index === 0 ? place : (places.get(data.readBigUInt64LE(0)) ?? folder), name),
      );
      await rename(from, to);
      moved(from, to);
      return Buffer.alloc(0);
    }
    case opcode.link: {
      const file = path.join(place, names(data.subarray(8))[0] ?? '');
      await link(places.get(data.readBigUInt64LE(0)) ?? '', file);
      return entry(await look(file));
    }
    case opcode.release:
      await files.get(data.readBigUInt64LE(0))?.close();
      files.delete(data.readBigUInt64LE(0));
      return Buffer.alloc(0);
    case opcode.opendir:
      return Buffer.alloc(16);
    case opcode.readdir: {
      const names = await readdir(place);
      const from = Number(data.readBigUInt64LE(8));
      return directory(names, from, data.readUInt32LE(16), (name) => number(path.join(place, name)));
    }
    case opcode.statfs: {
      const body = Buffer.alloc(80);
      for (const [index, value] of [1_000_000n, 900_000n, 900_000n, 1000n, 900n].entries())
        body.writeBigUInt64LE(value, 8 * index);
      for (const [index, value] of [4096, 255, 4096].entries()) body.writeUInt32LE(value, 40 + 4 * index);
      return body;
    }
    case opcode.releasedir:
    case opcode.access:
      return Buffer.alloc(0);
    case opcode.init: {
      const body = Buffer.alloc(64);
      // Version 7.31, no read-ahead, nothing that is optional, writes of up to 128 KiB.
      for (const [at, value] of [
        [0, 7],
        [4, 31],
        [20, 131_072],
        [24, 1],
      ] as const)
        body.writeUInt32LE(value, at);
      return body;
    }
    case opcode.forget:
    case opcode.batchForget:
    case opcode.interrupt:
      return null;
    default:
      // ENOSYS. Also to flush: a close would wait for it, even of a process that is killed; NFS and SMB ask for nothing when a file
      // that was read is closed.
      throw Object.assign(new Error('it cannot do this'), { errno: -38 });
  }
}

async function answer(request: Request): Promise<void> {
  const body = await bodyFor(request).catch((error: NodeJS.ErrnoException) => error.errno ?? -5);
  if (body !== null) await device.write(reply(request.id, body)).catch(() => {});
}

process.send?.('ready');
const buffer = Buffer.alloc(256 * 1024);
for (;;) {
  if (now.silence !== null) {
    process.send?.('hang');
    await now.silence.promise;
  }
  const { bytesRead } = await device.read(buffer, 0, buffer.length, null).catch(() => ({ bytesRead: 0 }));
  if (bytesRead === 0) break; // Unmounted.
  const request = readRequest(Buffer.from(buffer.subarray(0, bytesRead)));
  if (request.code === now.at) {
    now.at = null;
    now.silence = Promise.withResolvers();
    process.send?.('hang');
    await now.silence.promise;
  }
  void answer(request);
}
process.exit();
