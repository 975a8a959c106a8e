/** What a user, a program or a broken disk does to a recording's file. Each change is one call: no half of it can be seen. */
import { randomFillSync } from 'node:crypto';
import { open, rename, rm, writeFile } from 'node:fs/promises';
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

/** Another file of another size takes its place at once. */
export async function replace(file: string, aside: string): Promise<void> {
  const other = path.join(aside, path.basename(file));
  await writeFile(other, randomFillSync(Buffer.alloc(40_000)));
  await rename(other, file).catch(() => {});
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
