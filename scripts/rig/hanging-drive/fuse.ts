/** FUSE's messages, as far as a folder needs them of which files are read, moved and deleted: Linux's include/uapi/linux/fuse.h, protocol 7.31. Little-endian machines. */
import type { BigIntStats } from 'node:fs';

export const opcode = {
  ...{
    lookup: 1,
    forget: 2,
    getattr: 3,
    unlink: 10,
    rename: 12,
    link: 13,
    open: 14,
    read: 15,
    statfs: 17,
    release: 18,
    init: 26,
  },
  ...{ opendir: 27, readdir: 28, releasedir: 29, access: 34, interrupt: 36, batchForget: 42 },
} as const;
export type Operation = keyof typeof opcode;

export interface Request {
  readonly code: number;
  readonly id: bigint;
  readonly node: bigint;
  readonly data: Buffer;
}

/** `fuse_in_header`, 40 bytes, and what follows. */
export function readRequest(message: Buffer): Request {
  return {
    code: message.readUInt32LE(4),
    id: message.readBigUInt64LE(8),
    node: message.readBigUInt64LE(16),
    data: message.subarray(40),
  };
}

/** `fuse_out_header`, 16 bytes, and the body. @param body or the negative number of an error */
export function reply(id: bigint, body: Buffer | number): Buffer {
  const head = Buffer.alloc(16);
  const length = typeof body === 'number' ? 0 : body.length;
  head.writeUInt32LE(16 + length, 0);
  head.writeInt32LE(typeof body === 'number' ? body : 0, 4);
  head.writeBigUInt64LE(id, 8);
  return typeof body === 'number' ? head : Buffer.concat([head, body]);
}

export interface Attributes {
  readonly number: bigint;
  readonly stats: BigIntStats;
}

/** `fuse_attr`. */
export function attributes({ number, stats }: Attributes): Buffer {
  const body = Buffer.alloc(88);
  const second = 1_000_000_000n;
  const longs = [
    number,
    stats.size,
    stats.blocks,
    stats.atimeNs / second,
    stats.mtimeNs / second,
    stats.ctimeNs / second,
  ];
  for (const [index, value] of longs.entries()) body.writeBigUInt64LE(value, 8 * index);
  const times = [stats.atimeNs % second, stats.mtimeNs % second, stats.ctimeNs % second];
  const words = [...times, stats.mode, stats.nlink, stats.uid, stats.gid, 0n, 4096n, 0n];
  for (const [index, value] of words.entries()) body.writeUInt32LE(Number(value), 48 + 4 * index);
  return body;
}

/** `fuse_entry_out`; nothing of it may be kept: each look comes to us. */
export function entry(found: Attributes): Buffer {
  const head = Buffer.alloc(40);
  head.writeBigUInt64LE(found.number, 0);
  return Buffer.concat([head, attributes(found)]);
}

/** `fuse_dirent`s from one on, as many as have room. */
export function directory(
  names: readonly string[],
  from: number,
  room: number,
  numberOf: (name: string) => bigint,
): Buffer {
  const parts: Buffer[] = [];
  let length = 0;
  for (const [index, name] of names.entries()) {
    if (index < from) continue;
    const text = Buffer.from(name);
    const part = Buffer.alloc(Math.ceil((24 + text.length) / 8) * 8);
    part.writeBigUInt64LE(numberOf(name), 0);
    part.writeBigUInt64LE(BigInt(index + 1), 8);
    part.writeUInt32LE(text.length, 16);
    text.copy(part, 24);
    if (length + part.length > room) break;
    length += part.length;
    parts.push(part);
  }
  return Buffer.concat(parts);
}
