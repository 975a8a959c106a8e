/**
 * A disk that misbehaves on command, under everything that opens, looks at or deletes recordings (disk.ts). What it does was seen on,
 * or is written about, Windows:
 * - who opens a new file is refused while a virus scanner or an indexer holds it
 * - NTFS writes the time of a change down when the last handle that wrote is closed, the length before that
 *   (https://learn.microsoft.com/windows/win32/sysinfo/file-times)
 * - a range that another program has locked cannot be read
 */
import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { onTestFinished } from 'vitest';
import { disk } from './disk.ts';

/** What libuv makes of Windows' ERROR_SHARING_VIOLATION, ERROR_ACCESS_DENIED and of what scanners answer themselves. */
export type HeldCode = 'EBUSY' | 'EPERM' | 'EACCES';
export const heldCodes: readonly HeldCode[] = ['EBUSY', 'EPERM', 'EACCES'];
export type HeldOperation = 'lstat' | 'open' | 'read' | 'rename' | 'unlink';

export interface MisbehavingDisk {
  /** The next `times` operations of this kind fail. */
  hold(operation: HeldOperation, code: HeldCode, times: number): void;
  /** How many of those are still to come. */
  held(): number;
  /** From now on every file was last written at this time, as far as anybody can tell (ms since 1970); null: when it really was. */
  reportTime(at: number | null): void;
}

/** Put under everything until the test is over. */
export function misbehavingDisk(): MisbehavingDisk {
  const real = { ...disk };
  onTestFinished(() => void Object.assign(disk, real));
  const holds = new Map<HeldOperation, { code: HeldCode; times: number }>();
  let time: number | null = null;

  const take = (operation: HeldOperation): void => {
    const hold = holds.get(operation);
    if (hold === undefined || hold.times === 0) return;
    hold.times -= 1;
    throw Object.assign(new Error(`${hold.code}: held`), { code: hold.code, syscall: operation });
  };
  const asReported = (stats: BigIntStats): BigIntStats => {
    if (time !== null) stats.mtimeNs = BigInt(time) * 1_000_000n;
    return stats;
  };
  const reading = (handle: FileHandle): FileHandle =>
    new Proxy(handle, {
      get(target, key) {
        if (key === 'stat') return async () => asReported(await target.stat({ bigint: true }));
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          if (key === 'read') take('read');
          return Reflect.apply(value, target, args);
        };
      },
    });

  Object.assign(disk, {
    lstat: async (file: string) => {
      take('lstat');
      return asReported(await real.lstat(file, { bigint: true }));
    },
    open: async (file: string, flags: number) => {
      take('open');
      return reading(await real.open(file, flags));
    },
    rename: async (from: string, to: string) => {
      take('rename');
      await real.rename(from, to);
    },
    unlink: async (file: string) => {
      take('unlink');
      await real.unlink(file);
    },
  });
  return {
    hold: (operation, code, times) => void holds.set(operation, { code, times }),
    held: () => [...holds.values()].reduce((sum, { times }) => sum + times, 0),
    reportTime: (at) => {
      time = at;
    },
  };
}
