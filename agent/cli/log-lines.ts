/** The lines of the log file, which begins anew now and then (agent/log/file.ts): its end, and what comes after that. */
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

/** How far the file has been read. */
export interface LogPlace {
  /** Of the file, which tells a new one of the same name. */
  readonly ino: number;
  /** Bytes read. */
  readonly offset: number;
}

/** How often is looked for more, ms. */
const everyMs = 250;
const chunkBytes = 64 * 1024;

/** @returns the last lines, the older file's too where this one has too few; null where there is no log */
export async function lastLines(file: string, count: number): Promise<{ lines: string[]; place: LogPlace } | null> {
  const handle = await opened(file);
  if (handle === null) return null;
  try {
    const { ino, size } = await handle.stat();
    const text = await textFrom(handle, 0, size);
    // A line that is still being written is left for later.
    const end = text.lastIndexOf(0x0a) + 1;
    let lines = linesOf(text.subarray(0, end));
    if (lines.length < count) {
      const older = await readFile(`${file}.1`).catch(() => Buffer.alloc(0));
      lines = [...linesOf(older), ...lines];
    }
    return { lines: lines.slice(-count), place: { ino, offset: end } };
  } finally {
    await handle.close();
  }
}

/** Tells every further line, until `signal` ends it. @param place null: from the beginning, once there is a log */
export async function followLines(
  file: string,
  place: LogPlace | null,
  tell: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  let at = place;
  while (!signal?.aborted) {
    at = (await readOn(file, at, tell)) ?? at;
    await wait(everyMs, undefined, signal ? { signal } : {}).catch(() => {});
  }
}

async function readOn(file: string, place: LogPlace | null, tell: (line: string) => void): Promise<LogPlace | null> {
  const handle = await opened(file);
  if (handle === null) return null;
  try {
    const { ino, size } = await handle.stat();
    let offset = place?.ino === ino && place.offset <= size ? place.offset : 0;
    // What the file before had beyond that place is in the older one now.
    if (place !== null && place.ino !== ino) await tellRest(`${file}.1`, place, tell);
    const text = await textFrom(handle, offset, size);
    const end = text.lastIndexOf(0x0a) + 1;
    for (const line of linesOf(text.subarray(0, end))) tell(line);
    offset += end;
    return { ino, offset };
  } finally {
    await handle.close();
  }
}

async function tellRest(older: string, { ino, offset }: LogPlace, tell: (line: string) => void): Promise<void> {
  const handle = await opened(older);
  if (handle === null) return;
  try {
    const stats = await handle.stat();
    if (stats.ino !== ino) return;
    for (const line of linesOf(await textFrom(handle, offset, stats.size))) tell(line);
  } finally {
    await handle.close();
  }
}

const opened = (file: string): Promise<FileHandle | null> => open(file).catch(() => null);

async function textFrom(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let at = from; at < to; ) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(Math.min(chunkBytes, to - at)), 0, undefined, at);
    if (bytesRead === 0) break;
    chunks.push(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
  return Buffer.concat(chunks);
}

const linesOf = (text: Buffer): string[] =>
  text
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
