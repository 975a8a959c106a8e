import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { GateCall, GateRules } from '../../../../../scripts/rig/gate.ts';
import { tempFile } from '../../job-fixture.ts';
import { unpaced } from '../../pacer.ts';
import type { HashedPart, PartSource } from '../hashing/hashed-parts.ts';
import { createMultipart, listParts, type MultipartRef } from '../s3/operations.ts';
import { type StorageWorld, startMemoryWorld } from '../storage-world-fixture.ts';
import { mostLanes } from './lane-count.ts';
import { type PartsJob, sendParts } from './send-parts.ts';

const partBytes = 100_000;
const never = new AbortController().signal;

let world: StorageWorld;
let content: Buffer;
let handle: FileHandle;
let ref: MultipartRef;
beforeEach(async () => {
  world = await startMemoryWorld();
  content = randomBytes(12 * partBytes);
  const opened = await open(await tempFile(content), 'r+');
  onTestFinished(() => opened.close());
  handle = opened;
  ref = { key: 'k', uploadId: await createMultipart(world.client, 'k', 'video/mp4', never) };
  world.gate.forget();
});

/** Of the file as it was written. */
function part(number: number): HashedPart {
  const start = (number - 1) * partBytes;
  const md5 = createHash('md5').update(content.subarray(start, start + partBytes));
  return { number, start, bytes: partBytes, md5: md5.digest('hex') };
}

/** Parts 1 to `count`, and what became of them. */
class Parts implements PartSource {
  readonly done = vi.fn<(part: HashedPart) => void>();
  /** How many were asked for. */
  given = 0;
  readonly #left: number[];

  constructor(count: number) {
    this.#left = Array.from({ length: count }, (_, index) => index + 1);
  }

  async next(): Promise<HashedPart | null> {
    const number = this.#left.shift();
    if (number === undefined) return null;
    this.given += 1;
    return part(number);
  }
}

function send(parts: PartSource, change: Partial<PartsJob> = {}) {
  const progress = { taken: vi.fn(), lost: vi.fn(), acknowledged: vi.fn() };
  const stored: number[] = [];
  const sent = sendParts({
    ...{ client: world.client, ref, parts, handle, fileName: 'a.mkv', pacer: unpaced, progress, signal: never },
    log: { debug() {}, warn() {} },
    onStored: ({ number }) => stored.push(number),
    ...change,
  });
  sent.catch(() => {});
  return { sent, progress, stored };
}

const theStoreHas = async (): Promise<unknown> =>
  (await listParts(world.client, ref, never)).map(({ number, etag }) => [number, etag]);
const isPart = ({ verb }: GateCall): boolean => verb === 'part';
const sendings = (): number[] => world.gate.calls.filter(isPart).map((call) => call.part);
const allOf = (count: number) => Array.from({ length: count }, (_, index) => [index + 1, part(index + 1).md5]);
/** Refuses the first sending of a part. */
const refuseOnce = (number: number, status: number, code: string): GateRules => {
  let refused = false;
  return {
    onCall(call) {
      if (!isPart(call) || call.part !== number || refused) return undefined;
      refused = true;
      return { status, code };
    },
  };
};

describe('parts', () => {
  test('arrive, and are written down once they are acknowledged', async () => {
    const parts = new Parts(12);
    const acknowledged: unknown[] = [];
    world.gate.rules = { onDelivered: (call) => isPart(call) && acknowledged.push(call.part) };
    const { sent, progress, stored } = send(parts);
    await sent;
    expect(await theStoreHas()).toEqual(allOf(12));
    expect([...stored].sort((a, b) => a - b)).toEqual(allOf(12).map(([number]) => number));
    expect(parts.done).toHaveBeenCalledTimes(12);
    expect(progress.acknowledged).toHaveBeenCalledTimes(12);
    expect(progress.taken).toHaveBeenCalledWith(12, partBytes);
    expect(progress.lost).not.toHaveBeenCalled();
    expect(acknowledged).toHaveLength(12);
  });

  test('go out a few at a time, each once: on a quick line, as many as may', async () => {
    let [now, most] = [0, 0];
    world.gate.rules = {
      async onCall(call) {
        if (!isPart(call)) return undefined;
        now += 1;
        most = Math.max(most, now);
        return undefined;
      },
      onAnswer() {
        now -= 1;
        return undefined;
      },
    };
    await send(new Parts(12)).sent;
    expect(most).toBeLessThanOrEqual(mostLanes);
    expect(most).toBeGreaterThan(2);
    expect(sendings().sort((a, b) => a - b)).toEqual(allOf(12).map(([number]) => number));
  });

  test('that are in memory already are not read again', async () => {
    const inMemory = { ...part(1), content: new Uint8Array(content.subarray(0, partBytes)) };
    await handle.write(Buffer.alloc(partBytes), 0, partBytes, 0);
    const given = [inMemory];
    await send({ next: async () => given.shift() ?? null }).sent;
    expect(await theStoreHas()).toEqual(allOf(1));
  });
});

describe('a part that does not arrive', () => {
  test.each([
    [503, 'SlowDown'],
    [500, 'InternalError'],
    [400, 'BadDigest'],
    [408, 'RequestTimeout'],
  ])('because the store says %i %s is sent again, and the others are not', async (status, code) => {
    world.gate.rules = refuseOnce(2, status, code);
    const { sent, progress } = send(new Parts(4));
    await sent;
    expect(await theStoreHas()).toEqual(allOf(4));
    expect(sendings().sort()).toEqual([1, 2, 2, 3, 4]);
    expect(progress.lost.mock.calls).toEqual([[2]]);
  });

  test('because the line broke is sent again, never while it may still arrive', async () => {
    let breaks = 0;
    let overlaps = 0;
    world.link.setRate(8e6);
    world.gate.rules = {
      onCall({ part: number }) {
        const open = world.gate.calls.filter((call) => isPart(call) && call.part === number && call.end === 'open');
        if (open.length > 1) overlaps += 1;
        return undefined;
      },
      onBody(call) {
        if (isPart(call) && breaks++ === 0) world.link.resetAll();
      },
    };
    await send(new Parts(3)).sent;
    expect(await theStoreHas()).toEqual(allOf(3));
    expect(sendings().length).toBeGreaterThan(3);
    expect(overlaps).toBe(0);
  });

  test.each([
    [403, 'AccessDenied', 'storage_denied'],
    [413, 'EntityTooLarge', 'storage_too_large'],
    [404, 'NoSuchUpload', 'storage_damaged'],
    [404, 'NoSuchBucket', 'storage_bucket_missing'],
  ])('because the store says %i %s ends all of it', async (status, s3Code, code) => {
    world.gate.rules = refuseOnce(1, status, s3Code);
    const parts = new Parts(12);
    await expect(send(parts).sent).rejects.toMatchObject({ code });
    await vi.waitFor(() => expect(world.underWay()).toBe(0));
    expect(sendings().filter((number) => number === 1)).toHaveLength(1);
    expect(sendings().length).toBeLessThan(12);
  });

  test('because the file has changed since it was hashed ends all of it, and says so', async () => {
    await handle.write(Buffer.from('changed'), 0, 7, 5);
    await expect(send(new Parts(1)).sent).rejects.toMatchObject({ code: 'file_changing' });
    expect(await theStoreHas()).toEqual([]);
  });

  test('because the file has become shorter ends all of it, and says so', async () => {
    await handle.truncate(partBytes - 1);
    await expect(send(new Parts(1)).sent).rejects.toMatchObject({ code: 'file_changing' });
  });
});

describe('called off', () => {
  test('in the middle of parts, nothing of them is on its way any more', async () => {
    const off = new AbortController();
    const reason = new Error('called off');
    world.link.setRate(8e6);
    world.gate.rules = { onBody: (call) => isPart(call) && off.abort(reason) };
    const parts = new Parts(12);
    const { sent, stored } = send(parts, { signal: off.signal });
    await expect(sent).rejects.toBe(reason);
    await vi.waitFor(() => expect(world.underWay()).toBe(0));
    expect(stored).toEqual([]);
    expect(parts.given).toBeGreaterThan(0);
    expect(parts.done).toHaveBeenCalledTimes(parts.given);
  });

  test('while a part is awaited that may not come for long', async () => {
    const off = new AbortController();
    const reason = new Error('called off');
    const { sent } = send({ next: () => new Promise(() => {}) }, { signal: off.signal });
    off.abort(reason);
    await expect(sent).rejects.toBe(reason);
  });

  test('before it began', async () => {
    const reason = new Error('called off');
    await expect(send(new Parts(2), { signal: AbortSignal.abort(reason) }).sent).rejects.toBe(reason);
    expect(sendings()).toEqual([]);
  });
});

test('a failure of where parts come from ends it once the others have ended', async () => {
  const parts = new Parts(1);
  const broken = new Error('the disk is gone');
  const source = { next: async () => (await parts.next()) ?? Promise.reject(broken) };
  await expect(send(source).sent).rejects.toBe(broken);
  expect(world.underWay()).toBe(0);
});
