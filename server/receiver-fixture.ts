import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { type Receiver, type ReceiverOptions, startReceiver } from './receiver.ts';

/** A part of a form: a field, or a file of some bytes. */
export type Part = { name: string; value: string } | { name: string; filename: string; bytes: Buffer[] | Buffer };

export const boundary = 'streamai-test-boundary';
export const formType = `multipart/form-data; boundary=${boundary}`;

/** The body of a form, piece by piece. */
export function* formBody(parts: readonly Part[]): Generator<Buffer> {
  for (const part of parts) {
    const filename = 'filename' in part ? `; filename="${part.filename}"\r\nContent-Type: video/mp4` : '';
    yield Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${part.name}"${filename}\r\n\r\n`);
    if ('value' in part) yield Buffer.from(part.value);
    else if (Buffer.isBuffer(part.bytes)) yield part.bytes;
    else yield* part.bytes;
    yield Buffer.from('\r\n');
  }
  yield Buffer.from(`--${boundary}--\r\n`);
}

/** A whole form with one small file, and fields that a test may replace. */
export function form(options: { filename?: string; bytes?: Buffer; model?: string; priority?: string } = {}): Part[] {
  const { filename = 'take 1.mkv', bytes = Buffer.from('a recording'), model = 'small', priority = '3' } = options;
  return [
    { name: 'subtitle_model', value: model },
    { name: 'priority', value: priority },
    { name: 'file', filename, bytes },
  ];
}

export type Answer = { status: number; headers: Record<string, unknown>; body: Record<string, unknown> };

/** Posts a form in one go, with its Content-Length. */
export async function post(url: string, parts: readonly Part[], headers: Record<string, string> = {}): Promise<Answer> {
  const answer = await request(`${url}/upload`, {
    method: 'POST',
    headers: { 'content-type': formType, ...headers },
    body: Buffer.concat([...formBody(parts)]),
  });
  const body = (await answer.body.json()) as Record<string, unknown>;
  return { status: answer.statusCode, headers: answer.headers, body };
}

export async function getJson(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  const answer = await request(url, { headers });
  const body = (await answer.body.json()) as Record<string, unknown>;
  return { status: answer.statusCode, headers: answer.headers, body };
}

/** A task's last status, told by the server's events: nothing is asked again and again. */
export async function ended(url: string, taskId: string): Promise<Record<string, unknown>> {
  const answer = await request(`${url}/status/${taskId}/events`);
  const events = (await answer.body.text()).split('\n').filter((line) => line.startsWith('data: '));
  return JSON.parse(events.at(-1)?.slice('data: '.length) ?? 'null') as Record<string, unknown>;
}

/** Opens an upload by hand that announces `length` bytes, and sends the form's start and `sent` bytes of its file. */
export async function beginUpload(
  port: number,
  { length, sent, key }: { length: number; sent: Buffer; key?: string },
): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  const [start = Buffer.alloc(0)] = formBody([{ name: 'file', filename: 'a.mkv', bytes: Buffer.alloc(0) }]);
  const keyLine = key === undefined ? '' : `Idempotency-Key: ${key}\r\n`;
  socket.write(
    `POST /upload HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: ${formType}\r\nContent-Length: ${length}\r\n${keyLine}\r\n`,
  );
  socket.write(Buffer.concat([start, sent]));
  return socket;
}

/** All that a socket still sends, until it closes. */
export async function readAll(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString();
  });
  // Not once(): it rejects at a reset, which is one of the ways to close.
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

export const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** Receivers and folders of one test file; `close` ends and removes them all. */
export class Receivers {
  readonly #receivers: { close: () => Promise<void> }[] = [];
  readonly #dirs: string[] = [];

  /** A new folder for one. */
  async dir(): Promise<string> {
    const dir = await mkdtemp(join(tmpdir(), `receiver-${randomUUID().slice(0, 8)}-`));
    this.#dirs.push(dir);
    return dir;
  }

  async start(options: Partial<ReceiverOptions> = {}): Promise<Receiver> {
    return this.keep(await startReceiver({ dir: options.dir ?? (await this.dir()), ...options }));
  }

  /** Anything else that `close` is to end. */
  keep<T extends { close: () => Promise<void> }>(closable: T): T {
    this.#receivers.push(closable);
    return closable;
  }

  async close(): Promise<void> {
    for (const receiver of this.#receivers.splice(0)) await receiver.close();
    for (const dir of this.#dirs.splice(0)) await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The names of all files in a receiver's folder and below, sorted. */
export async function filesIn(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort();
}

/** Looks again and again until a condition holds, for at most 5 s: for files, whose coming and going is no event here. */
export async function eventually(condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 5_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('did not come true within 5 s');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
