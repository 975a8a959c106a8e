/** For tests of destinations: files, and the jobs of sending them. */
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { uploadFixture } from '../../../shared/upload-fixture.ts';
import type { SendJob } from './destination.ts';

/** A folder for one test. */
export async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'streamai-uploads-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** A file for one test. @returns its path */
export async function tempFile(content: Uint8Array | string, name = 'recording.mkv'): Promise<string> {
  const path = join(await tempFolder(), name);
  await writeFile(path, content);
  return path;
}

/** The job of sending a file as it is now, as the queue would give it. */
export async function jobFor(path: string, change: Partial<SendJob> = {}): Promise<SendJob> {
  const { size, mtimeMs } = await stat(path);
  return {
    upload: uploadFixture({ state: 'uploading', subtitleModel: 'small', priority: 7, attempts: 1, bytesTotal: size }),
    path,
    fileName: basename(path),
    container: 'mkv',
    generation: 1,
    content: { bytes: size, modifiedAt: Math.trunc(mtimeMs) },
    source: null,
    brokenBefore: false,
    followed: false,
    signal: new AbortController().signal,
    onProgress: () => {},
    ...change,
  };
}
