/** A recording of a day, as far as its parts go: a sparse file in place of its bytes. */
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../../storage/database.ts';
import { Journal } from './journal.ts';
import { GrowingFile, GrowingParts } from './parts/growing-file.ts';
import { planResume } from './parts/resume-plan.ts';
import { growing, mostParts, partCount, partRange } from './s3/part-plan.ts';
import { completeXml } from './s3/xml.ts';

const day = 24 * 60 * 60;
const never = new AbortController().signal;
/** RGW takes no longer list of parts: `rgw_max_put_param_size`. */
const longestComplete = 1024 * 1024;

/** A file without content that can be made longer, and takes no room. */
async function sparseFile(): Promise<{ file: string; handle: FileHandle }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-sparse-'));
  const file = path.join(folder, 'recording.mp4');
  const handle = await open(file, 'w');
  onTestFinished(async () => {
    await handle.close();
    await rm(folder, { recursive: true, force: true });
  });
  return { file, handle };
}

// NTFS gives a file its room when it is made longer.
test.skipIf(process.platform === 'win32').each([
  ['100 GB', 100e9],
  ['24 h at 60 Mbit/s', (day * 60e6) / 8],
])('%s: every part but the first and the tail is sent while it grows, at most 6,000 in all', async (_, total) => {
  const { file, handle } = await sparseFile();
  const database = openDatabase(':memory:');
  onTestFinished(() => database.close());
  const journal = new Journal(database);
  const place = { uploadId: 'u', recordingId: 'r', endpoint: 'https://s3', bucket: 'b', key: 'k', createdAt: 0 };
  const { id } = journal.begin({ ...place, content: { bytes: 0, modifiedAt: 0 }, partBytes: growing });

  const ended = new AbortController();
  const growingFile = await GrowingFile.open(file, ended.signal, never);
  if (growingFile === null) throw new Error('it ended');
  onTestFinished(() => growingFile.handle.close());
  const md5 = async ({ start }: { start: number }) => ({ md5: start.toString(16).padStart(32, '0') });
  const parts = new GrowingParts(
    growingFile,
    { md5, release() {} },
    { done: [], unproven: new Map() },
    () => {},
    never,
  );

  // It becomes a tenth longer each time that there is no whole part left to take.
  let bytes = 0;
  for (let number = 2; ; number += 1) {
    const next = parts.next();
    if (partEnd(number) > total) ended.abort();
    else if (partEnd(number) > bytes) {
      bytes = Math.min(total, Math.ceil(Math.max(bytes, partEnd(number)) + total / 10));
      await handle.truncate(bytes);
    }
    const part = await next;
    if (part === null) break;
    journal.stored(id, part);
  }

  const sent = journal.parts(id);
  const count = partCount(total, growing);
  expect(count).toBeLessThanOrEqual(mostParts);
  const expected = (number: number): number => partRange(number, total, growing).bytes;
  // As the store would list them, once the file is final: nothing was sent that is not a part of it now.
  const listed = sent.map(({ number, md5: etag, bytes }) => ({ number, etag, bytes }));
  const { done, missing } = planResume(count, expected, sent, listed);
  expect(done.map(({ number }) => number)).toEqual(Array.from({ length: count - 2 }, (__, index) => index + 2));
  expect(missing).toEqual([1, count]);
  const left = expected(1) + expected(count);
  expect(left + done.reduce((sum, part) => sum + part.bytes, 0)).toBe(total);
  expect(completeXml(Array<string>(count).fill('0'.repeat(32))).length).toBeLessThan(longestComplete);
});

function partEnd(number: number): number {
  const { start, bytes } = partRange(number, Number.MAX_SAFE_INTEGER, growing);
  return start + bytes;
}
