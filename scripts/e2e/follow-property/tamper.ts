/** What a user, a program or a broken disk does to a recording's file. Each change is one call: no half of it can be seen. */
import { createHash, randomFillSync } from 'node:crypto';
import { open, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Edit } from './plan.ts';

/** Nothing happens where there is no file. */
export async function edit(file: string, deed: Edit): Promise<void> {
  const handle = await open(file, 'r+').catch(() => null);
  if (handle === null) return;
  try {
    const { size } = await handle.stat();
    if (deed.do === 'truncate') return await handle.truncate(deed.to < 1 ? Math.floor(deed.to * size) : deed.to);
    const at = deed.do === 'append' ? size : Math.floor(deed.from * size);
    const bytes = deed.do === 'append' ? deed.bytes : Math.min(deed.bytes, size - at);
    if (bytes > 0) await handle.write(randomFillSync(Buffer.alloc(bytes)), 0, bytes, at);
  } finally {
    await handle.close();
  }
}

/** Its bytes stay as they are, its time does not. */
export async function touch(file: string): Promise<void> {
  const now = new Date();
  await utimes(file, now, now).catch(() => {});
}

/**
 * Another file takes its place at once, under its name.
 * @param alike whether it has the same size
 * @returns the other one's SHA-256, hex
 */
export async function replace(file: string, aside: string, alike: boolean): Promise<string> {
  const other = path.join(aside, path.basename(file));
  const bytes = alike ? (await stat(file)).size : 40_000;
  const content = randomFillSync(Buffer.alloc(bytes));
  await writeFile(other, content);
  await rename(other, file);
  return createHash('sha256').update(content).digest('hex');
}

/** @returns what moves it back */
export async function move(file: string, aside: string): Promise<() => Promise<void>> {
  const other = path.join(aside, path.basename(file));
  await rename(file, other).catch(() => {});
  return () => rename(other, file).catch(() => {});
}

export async function remove(file: string): Promise<void> {
  await rm(file, { force: true });
}
