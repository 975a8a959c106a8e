/** Models are fetched from a real HTTP server, which cuts, lies and redirects. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Download, download } from './download.ts';
import { ModelUnavailable } from './model-unavailable.ts';

const bytes = randomBytes(300_000);
const wanted = { file: 'ggml-test.bin', bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function folder(): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'models-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

const options = (dir: string, baseUrl: string, more: Partial<Download> = {}): Download => ({
  ...{ dir, baseUrl, signal: AbortSignal.timeout(10_000), onProgress: () => {}, retryMs: 1, ...more },
});

/** Answers as a file server does; what it was asked for is noted. */
function fileServer(asked: string[], file = bytes, most = Number.POSITIVE_INFINITY): RequestListener {
  return (incoming, answer) => {
    const { range } = incoming.headers;
    asked.push(range ?? 'all');
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    const headers = {
      'content-length': file.length - start,
      ...(range && { 'content-range': `bytes ${start}-${file.length - 1}/${file.length}` }),
    };
    answer.writeHead(range ? 206 : 200, headers);
    const end = start + most;
    if (end >= file.length) answer.end(file.subarray(start));
    else answer.write(file.subarray(start, end), () => answer.destroy());
  };
}

const problem = async (going: Promise<string>): Promise<string> => {
  const error = await going.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ModelUnavailable)) throw new Error('it was no ModelUnavailable', { cause: error });
  expect(error.problem.fix).toMatch(/MODELS_DIR/);
  return error.problem.code;
};

test('is fetched once, with its progress, and lies there under its name alone', async () => {
  const [dir, asked] = [await folder(), [] as string[]];
  const url = await serve(fileServer(asked));
  const progress: number[] = [];
  const onProgress: Download['onProgress'] = ({ received }) => progress.push(received);
  const file = await download(wanted, options(dir, url, { onProgress }));
  expect(await readFile(file)).toEqual(bytes);
  expect(progress.at(-1)).toBe(bytes.length);
  expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  await download(wanted, options(dir, url));
  expect(asked).toEqual(['all']);
  expect((await readdir(dir)).filter((name) => !name.startsWith('.'))).toEqual([wanted.file]);
});

test('goes on where it was cut, as often as something arrives', async () => {
  const [dir, asked] = [await folder(), [] as string[]];
  const url = await serve(fileServer(asked, bytes, 40_000));
  expect(await readFile(await download(wanted, options(dir, url)))).toEqual(bytes);
  expect(asked.length).toBeGreaterThanOrEqual(8);
  expect(asked.slice(1)).not.toContain('all');
});

test('goes on where a program that was killed has left it', async () => {
  const [dir, asked] = [await folder(), [] as string[]];
  await writeFile(path.join(dir, `${wanted.file}.part`), bytes.subarray(0, 100_000));
  expect(await readFile(await download(wanted, options(dir, await serve(fileServer(asked)))))).toEqual(bytes);
  expect(asked).toEqual(['bytes=100000-']);
});

test.each([
  ['other bytes', Buffer.alloc(100_000), ['bytes=100000-', 'all']],
  ['more bytes than there are', Buffer.alloc(bytes.length + 5), ['all']],
  ['all bytes, and others', Buffer.alloc(bytes.length), ['all']],
])('a part with %s is thrown away', async (_, part, expected) => {
  const [dir, asked] = [await folder(), [] as string[]];
  await writeFile(path.join(dir, `${wanted.file}.part`), part);
  expect(await readFile(await download(wanted, options(dir, await serve(fileServer(asked)))))).toEqual(bytes);
  expect(asked).toEqual(expected);
});

test.each<[string, RequestListener, string]>([
  ['other bytes of the same length', fileServer([], randomBytes(bytes.length)), 'model_wrong'],
  ['a page', (_, answer) => answer.end('<html>Sign in to the network</html>'), 'model_wrong'],
  [
    'more than the model has, without saying how much',
    (_, answer) => {
      answer.write(bytes);
      answer.end('more');
    },
    'model_wrong',
  ],
  ['404', (_, answer) => answer.writeHead(404).end(), 'model_refused'],
  ['403', (_, answer) => answer.writeHead(403).end(), 'model_refused'],
  ['503 for ever', (_, answer) => answer.writeHead(503).end(), 'model_unreachable'],
  ['resets', (_, answer) => answer.destroy(), 'model_unreachable'],
  [
    'a redirect to http',
    (_, answer) => answer.writeHead(302, { location: 'http://127.0.0.1/x' }).end(),
    'model_redirect',
  ],
  [
    'a redirect to a file',
    (_, answer) => answer.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    'model_redirect',
  ],
  ['a redirect to nowhere', (_, answer) => answer.writeHead(302).end(), 'model_redirect'],
])('a server that gives %s is not believed: %s', async (_, listener, code) => {
  const dir = await folder();
  expect(await problem(download(wanted, options(dir, await serve(listener))))).toBe(code);
  expect(await readdir(dir)).not.toContain(wanted.file);
});

test('without a network it says so, and keeps what it has', async () => {
  const dir = await folder();
  await writeFile(path.join(dir, `${wanted.file}.part`), bytes.subarray(0, 1000));
  expect(await problem(download(wanted, options(dir, 'http://127.0.0.1:9')))).toBe('model_unreachable');
  expect(await readFile(path.join(dir, `${wanted.file}.part`))).toHaveLength(1000);
});

test('a disk without room is said before anything is asked for', async () => {
  const asked: string[] = [];
  const url = await serve(fileServer(asked));
  const going = download(wanted, options(await folder(), url, { room: async () => wanted.bytes - 1 }));
  await expect(going).rejects.toMatchObject({ code: 'ENOSPC' });
  expect(asked).toEqual([]);
});

test('a file that lies there is used as it is, without a network', async () => {
  const dir = await folder();
  await writeFile(path.join(dir, wanted.file), 'put there by hand');
  const file = await download(wanted, options(dir, 'http://127.0.0.1:9'));
  expect(await readFile(file, 'utf8')).toBe('put there by hand');
});

test('two that want it at once fetch it once', async () => {
  const [dir, asked] = [await folder(), [] as string[]];
  const url = await serve(fileServer(asked));
  const files = await Promise.all([download(wanted, options(dir, url)), download(wanted, options(dir, url))]);
  expect(files).toEqual([path.join(dir, wanted.file), path.join(dir, wanted.file)]);
  expect(asked).toEqual(['all']);
});

test('called off, it ends, and what has arrived stays', async () => {
  const [dir, calling] = [await folder(), new AbortController()];
  const url = await serve((_, answer) => {
    answer.writeHead(200, { 'content-length': bytes.length });
    answer.write(bytes.subarray(0, 50_000));
  });
  const onProgress = ({ received }: { received: number }) => received === 50_000 && calling.abort(new Error('off'));
  await expect(download(wanted, options(dir, url, { signal: calling.signal, onProgress }))).rejects.toThrow('off');
  expect(await readFile(path.join(dir, `${wanted.file}.part`))).toHaveLength(50_000);
});
