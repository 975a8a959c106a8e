import { createHash } from 'node:crypto';
import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { checkPart } from './part-check.ts';

const content = Buffer.alloc(3_000_000, 'content');
const part = { number: 2, start: 500_000, bytes: 2_000_000 };
const md5 = createHash('md5')
  .update(content.subarray(part.start, part.start + part.bytes))
  .digest('hex');

async function openFile() {
  const folder = await mkdtemp(join(tmpdir(), 'streamai-part-'));
  const file = join(folder, 'film.mkv');
  await writeFile(file, content);
  const handle = await open(file, 'r');
  onTestFinished(async () => {
    await handle.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return { file, handle, check: () => checkPart(handle, { ...part, md5 }, 'film.mkv') };
}

const changed = { code: 'file_changing', params: { file: 'film.mkv' } };

test('a part that is what was hashed passes', async () => {
  const { file, check } = await openFile();
  await check();
  // Only the part counts.
  await writeFile(file, 'other', { flag: 'r+' });
  await check();
});

test('a byte of it that changed, or its missing end, is noticed', async () => {
  const { file, check } = await openFile();
  await truncate(file, part.start + part.bytes - 1);
  await expect(check()).rejects.toMatchObject(changed);
  const other = Buffer.from(content);
  other[part.start + part.bytes - 1] = 0;
  await writeFile(file, other, { flag: 'r+' });
  await expect(check()).rejects.toMatchObject(changed);
});

test('a part whose bytes are in memory is not read', async () => {
  const { handle } = await openFile();
  await checkPart(handle, { ...part, md5: 'never', content: new Uint8Array(1) }, 'film.mkv');
});
