/** Fetches a model's file: what has arrived stays over cuts and kills, and it gets its name only when its bytes are proven. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type Dispatcher, request } from 'undici';
import type { ModelFile } from './catalogue.ts';
import { exclusively } from './exclusive.ts';
import { insecure, refused, unreachable, wrong } from './model-unavailable.ts';

export interface Download {
  readonly dir: string;
  /** The file's name is appended. */
  readonly baseUrl: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: DownloadProgress) => void;
  /** Such as a proxy. */
  readonly dispatcher?: Dispatcher;
  /** Before it is tried again after a cut, ms; doubled each time that nothing came. Default 500. */
  readonly retryMs?: number;
  /** Bytes that the disk of a folder has room for; default: asks the system. */
  readonly room?: (dir: string) => Promise<number>;
}

export interface DownloadProgress {
  readonly file: string;
  readonly received: number;
  readonly bytes: number;
}

const mostFruitless = 4;
const mostRedirects = 5;
/** A server that sends nothing for so long, ms, is tried again. */
const stallMs = 60_000;

/**
 * Gives a model's file, fetched where it is not there. A file that somebody put there under its name is used as it is.
 * @returns its path
 * @throws ModelUnavailable, an ENOSPC, or the signal's reason
 */
export async function download(wanted: ModelFile, options: Download): Promise<string> {
  const { dir, signal } = options;
  const file = path.join(dir, wanted.file);
  if ((await sizeOf(file)) !== null) return file;
  await mkdir(dir, { recursive: true });
  return exclusively(path.join(dir, '.download.lock'), signal, async () => {
    if ((await sizeOf(file)) !== null) return file;
    await patiently(wanted, options);
    await rename(partOf(wanted, dir), file);
    await syncFolder(dir);
    return file;
  });
}

const partOf = ({ file }: ModelFile, dir: string): string => path.join(dir, `${file}.part`);

/** Something that may be over when it is tried again. */
class Passing extends Error {}

/** Goes on after cuts for as long as something arrives. */
async function patiently(wanted: ModelFile, options: Download): Promise<void> {
  const { dir, signal, retryMs = 500, room = roomOn } = options;
  const part = partOf(wanted, dir);
  for (let fruitless = 0; ; ) {
    const before = (await sizeOf(part)) ?? 0;
    if ((await room(dir)) < wanted.bytes - before) {
      throw Object.assign(new Error(`No room for ${wanted.file}`), { code: 'ENOSPC' });
    }
    try {
      return await oneGo(wanted, part, options);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Passing)) throw error;
      fruitless = ((await sizeOf(part)) ?? 0) > before ? 0 : fruitless + 1;
      if (fruitless >= mostFruitless) throw unreachable(wanted, hostOf(options.baseUrl), error);
      await delay(retryMs * 2 ** fruitless, undefined, { signal });
    }
  }
}

/**
 * One request, for what is not there yet. No If-Range: what the bytes must be is known, and a part that belonged to others is thrown away
 * with them.
 */
async function oneGo(wanted: ModelFile, part: string, options: Download): Promise<void> {
  const host = hostOf(options.baseUrl);
  const file = await open(part, 'a');
  try {
    let { size } = await file.stat();
    if (size > wanted.bytes) size = await emptied(file);
    const resumed = size > 0;
    let hash = await hashOf(part, size);
    if (size < wanted.bytes) {
      const { body, from } = await ask(wanted, size, options);
      if (from === 0 && size > 0) {
        size = await emptied(file);
        hash = createHash('sha256');
      }
      size = await take({ body, file, hash, size, wanted, options });
    }
    await file.sync();
    if (hash.digest('hex') === wanted.sha256) return;
    await emptied(file);
    if (resumed) throw new Passing('the part that was there belongs to something else');
    throw wrong(wanted, host);
  } finally {
    await file.close();
  }
}

interface Taking {
  readonly body: Dispatcher.ResponseData['body'];
  readonly file: FileHandle;
  readonly hash: Hash;
  readonly size: number;
  readonly wanted: ModelFile;
  readonly options: Download;
}

/** Appends a body. @returns the file's size then */
async function take({
  body,
  file,
  hash,
  size,
  wanted,
  options: { signal, baseUrl, onProgress },
}: Taking): Promise<number> {
  let received = size;
  const chunks = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await chunks.next().catch((cause: unknown) => {
        signal.throwIfAborted();
        throw new Passing('the connection was cut', { cause });
      });
      if (next.done) break;
      const chunk = next.value as Buffer;
      received += chunk.length;
      if (received > wanted.bytes) {
        await emptied(file);
        throw wrong(wanted, hostOf(baseUrl));
      }
      await file.appendFile(chunk);
      hash.update(chunk);
      onProgress({ file: wanted.file, received, bytes: wanted.bytes });
    }
  } finally {
    drop(body);
  }
  if (received < wanted.bytes) throw new Passing('the answer ended too soon');
  return received;
}

/** Asks for the bytes from `size` on, wherever it is sent on to over https. @returns `from`: where the answer begins */
async function ask(
  wanted: ModelFile,
  size: number,
  { baseUrl, signal, dispatcher }: Download,
): Promise<{ body: Dispatcher.ResponseData['body']; from: number }> {
  let url = new URL(wanted.file, baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`);
  const host = url.host;
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const answer = await request(url, {
      signal,
      headers: { 'accept-encoding': 'identity', ...(size > 0 && { range: `bytes=${size}-` }) },
      ...{ headersTimeout: stallMs, bodyTimeout: stallMs },
      ...(dispatcher && { dispatcher }),
    }).catch((cause: unknown) => {
      signal.throwIfAborted();
      throw new Passing('no answer', { cause });
    });
    const { statusCode: status, headers, body } = answer;
    if (status === 206 && headers['content-range'] === `bytes ${size}-${wanted.bytes - 1}/${wanted.bytes}`) {
      return { body, from: size };
    }
    if (status === 200) {
      const length = headers['content-length'];
      if (length === undefined || Number(length) === wanted.bytes) return { body, from: 0 };
      drop(body);
      throw wrong(wanted, host);
    }
    drop(body);
    const next = status >= 300 && status < 400 ? URL.parse(String(headers.location), url) : null;
    if (next === null) {
      if (status >= 500 || status === 429 || status === 408) throw new Passing(`HTTP ${status}`);
      throw status === 206 || status === 416 ? wrong(wanted, host) : refused(wanted, host, status);
    }
    if (next.protocol !== 'https:') throw insecure(wanted, host);
    url = next;
  }
  throw refused(wanted, host, 302);
}

/** Ends an answer of which no more is wanted; that it was not read to its end is then no error to anybody. */
function drop(body: Dispatcher.ResponseData['body']): void {
  body.on('error', () => {});
  body.destroy();
}

const hostOf = (url: string): string => new URL(url).host;

async function emptied(file: FileHandle): Promise<0> {
  await file.truncate(0);
  return 0;
}

/** Of a file's first bytes. */
async function hashOf(file: string, size: number): Promise<Hash> {
  const hash = createHash('sha256');
  if (size > 0) await pipeline(createReadStream(file, { end: size - 1 }), hash, { end: false });
  return hash;
}

/** null: it is not there. */
const sizeOf = (file: string): Promise<number | null> =>
  stat(file).then(
    ({ size }) => size,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    },
  );

async function roomOn(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}

async function syncFolder(dir: string): Promise<void> {
  // Windows has no such call: there a rename is in the journal.
  if (process.platform === 'win32') return;
  const folder = await open(dir);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
