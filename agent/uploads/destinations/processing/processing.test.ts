import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, mkdir, readdir, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { badAnswers, type FaultPlan } from '../../../../scripts/rig/faulty-receiver/faults.ts';
import { type FaultyReceiver, startFaultyReceiver } from '../../../../scripts/rig/faulty-receiver/faulty.ts';
import { measureFile } from '../../../files/recording-file.ts';
import { LiveEvents } from '../../../live-events.ts';
import { isRetryable } from '../failures.ts';
import { jobFor, tempFile, tempFolder } from '../job-fixture.ts';
import { ProcessingDestination } from './processing.ts';
import { destination, httpServer, rawServer } from './send-fixture.ts';
import { filesOfTasks } from './server-world-fixture.ts';

const mebibyte = 1024 * 1024;
const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

async function receiver(plan?: FaultPlan, options: { apiKey?: string } = {}): Promise<FaultyReceiver> {
  const faulty = await startFaultyReceiver({ dir: await tempFolder(), ...options }, plan);
  onTestFinished(() => faulty.close());
  return faulty;
}

describe('the embedded receiver', () => {
  // Somebody who took its port, and answers what any server might.
  const strangerSaying = (fields: object): Promise<string> =>
    httpServer((request, response) => {
      request.resume().on('end', () => response.end(JSON.stringify({ task_id: 't', status: 'uploaded', ...fields })));
    });

  test.each<[string, object, string]>([
    ['nothing', {}, 'destination_answer_invalid'],
    ['the size alone', { size: 4 }, 'destination_answer_invalid'],
    ['another checksum', { size: 4, sha256: 'a'.repeat(64) }, 'destination_checksum_mismatch'],
    ['the checksum alone', { sha256: sha256(Buffer.from('film')) }, 'destination_answer_invalid'],
  ])('has to say what arrived: %s is not taken for an arrival', async (_, fields, code) => {
    const driver = destination(await strangerSaying(fields), { embedded: true });
    await expect(driver.send(await jobFor(await tempFile('film')))).rejects.toMatchObject({ code });
  });

  test('that does not run is asked for nothing and gets nothing, and the upload waits for it', async () => {
    const server = await receiver();
    const live = new LiveEvents();
    const heard: unknown[] = [];
    live.subscribe(({ type, data }) => heard.push([type, data]));
    let access: { url: string | null; apiKey: string | null } = { url: null, apiKey: null };
    const driver = new ProcessingDestination({
      live,
      settings: () => ({ uploadEndpoint: '/upload', statusEndpoint: '/status' }),
      processingServer: () => ({ ...access, embedded: true }),
    });
    onTestFinished(() => driver.close());
    const job = await jobFor(await tempFile('film'));
    const failure = await driver.send(job).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'destination_unreachable' });
    expect(isRetryable('destination_unreachable')).toBe(true);
    await driver.checkHealth();
    const ended = { reachable: false, problem: { code: 'receiver_ended' } };
    expect(driver.status()).toMatchObject({ configured: true, embedded: true, address: null, ...ended });
    expect(heard).toMatchObject([['destination_updated', ended]]);
    expect(server.requests).toEqual([]);
    access = { url: server.url, apiKey: null };
    expect(await driver.send(job)).toMatchObject({ sha256: sha256(Buffer.from('film')) });
  });
});

describe('what arrives', () => {
  test.each([1, 65_535, 65_536, 65_537, 524_288, 524_289, 1_048_576, 3_333_333])(
    'a file of %i bytes arrives as it is',
    async (size) => {
      const server = await receiver();
      const content = randomBytes(size);
      // No name on Windows has quotes.
      const job = await jobFor(await tempFile(content, 'Été 録画 🎬.mkv'), { fileName: 'Été "録画" 🎬.mkv' });
      const result = await destination(server.url).send(job);
      expect(result).toMatchObject({ bytes: size, sha256: sha256(content), task: { server: server.url } });
      const [stored] = await filesOfTasks(server.dir);
      expect(stored?.equals(content)).toBe(true);
      const [seen] = server.requests;
      expect(seen?.headers['content-length']).toBe(String(seen?.bodyBytes));
      expect(seen?.idempotencyKey).toBe('upload-1');
      expect(seen?.headers.authorization).toBeUndefined();
      const [task = ''] = await readdir(join(server.dir, 'tasks'));
      expect(result.task?.id).toBe(task);
      const record: unknown = JSON.parse(await readFile(join(server.dir, 'tasks', task, 'task.json'), 'utf8'));
      expect(record).toMatchObject({ config: { subtitle_model: 'small', priority: 7 } });
    },
  );

  test('buffers are not used again before the socket has taken them, however slowly it does', async () => {
    const content = randomBytes(24 * mebibyte);
    const server = await receiver({ upload: { kind: 'slow', bytesPerSecond: 60 * mebibyte } });
    const job = await jobFor(await tempFile(content));
    expect((await destination(server.url).send(job)).sha256).toBe(sha256(content));
    expect((await filesOfTasks(server.dir))[0]?.equals(content)).toBe(true);
  });

  test('progress only grows and stays below the total until the answer', async () => {
    const server = await receiver();
    const path = await tempFile(randomBytes(8 * mebibyte));
    const seen: number[] = [];
    await destination(server.url).send(await jobFor(path, { onProgress: (bytes) => seen.push(bytes) }));
    expect(seen.length).toBeGreaterThan(10);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(8 * mebibyte - 1);
  });

  test('a changed file goes under a key of its own, and the API key goes along', async () => {
    const server = await receiver(undefined, { apiKey: 'k3y' });
    const path = await tempFile('film');
    await destination(server.url, { apiKey: 'k3y' }).send(await jobFor(path, { generation: 3 }));
    expect(server.requests[0]?.idempotencyKey).toBe('upload-1-3');
    expect(server.requests[0]?.headers.authorization).toBe('Bearer k3y');
  });
});

describe('the same upload again', () => {
  test('after a lost answer the task that exists is taken, and nothing is stored twice', async () => {
    const server = await receiver({ upload: { kind: 'lose-answer', times: 1 } });
    const content = randomBytes(20 * mebibyte);
    const job = await jobFor(await tempFile(content));
    await expect(destination(server.url).send(job)).rejects.toMatchObject({ code: 'destination_unreachable' });
    const result = await destination(server.url).send({ ...job, brokenBefore: true });
    expect(result.sha256).toBe(sha256(content));
    expect(await filesOfTasks(server.dir)).toHaveLength(1);
    expect(await readdir(join(server.dir, 'tasks'))).toEqual([result.task?.id]);
  });

  test('an answer before the file that does not say what arrived is not taken for an arrival', async () => {
    const url = await httpServer((_request, response) => response.end('{"task_id": "t", "status": "uploaded"}'));
    const job = await jobFor(await tempFile(Buffer.alloc(30 * mebibyte)));
    await expect(destination(url).send(job)).rejects.toMatchObject({ code: 'destination_answer_invalid' });
  });
});

describe('answers that are refusals', () => {
  test.each([
    [400, 'destination_rejected'],
    [401, 'destination_auth'],
    [403, 'destination_auth'],
    [413, 'destination_too_large'],
    [422, 'destination_rejected'],
    [500, 'destination_failed'],
    [503, 'destination_busy'],
  ])('HTTP %i is %s, after the body and before it', async (status, code) => {
    const job = await jobFor(await tempFile(Buffer.alloc(12 * mebibyte)));
    for (const atOnce of [false, true]) {
      const server = await receiver({ upload: { kind: 'refuse', status, atOnce } });
      await expect(destination(server.url).send(job)).rejects.toMatchObject({ code });
    }
  });

  test("the server's own words come along", async () => {
    const detail = [{ loc: ['body', 'priority'], msg: 'Input should be less than 6', type: 'less_than' }];
    const server = await receiver({ upload: { kind: 'refuse', status: 422, detail } });
    await expect(destination(server.url).send(await jobFor(await tempFile('film')))).rejects.toMatchObject({
      params: { status: 422, detail: 'body.priority: Input should be less than 6' },
    });
  });

  test('Retry-After is handed on', async () => {
    const server = await receiver({ upload: { kind: 'refuse', status: 429, headers: { 'retry-after': '9' } } });
    await expect(destination(server.url).send(await jobFor(await tempFile('film')))).rejects.toMatchObject({
      code: 'destination_busy',
      retryAfterMs: 9000,
    });
  });

  test.each([301, 302, 303, 307, 308])('HTTP %i is not followed, named, and passes', async (status) => {
    const elsewhere = await receiver();
    const location = `${elsewhere.url}/upload?token=secret`;
    const server = await receiver({ upload: { kind: 'redirect', location, status, times: 2 } });
    const content = randomBytes(3 * mebibyte);
    const job = await jobFor(await tempFile(content));
    const driver = destination(server.url);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const failure = await driver.send(job).catch((error: unknown) => error);
      expect(failure).toMatchObject({
        code: 'destination_redirected',
        params: { status, where: `${elsewhere.url}/upload` },
      });
      expect(JSON.stringify(failure)).not.toContain('secret');
    }
    expect(isRetryable('destination_redirected')).toBe(true);
    expect((await driver.send(job)).sha256).toBe(sha256(content));
    expect((await filesOfTasks(server.dir)).map((file) => file.equals(content))).toEqual([true]);
    expect(elsewhere.requests).toEqual([]);
  });

  test.each<[what: string, page: string, headers?: Record<string, string>]>([
    ['a page', badAnswers.html],
    ['a far too long page', `<!doctype html>${' '.repeat(2 * mebibyte)}`],
    ['a page in an encoding of its own', 'packed', { 'content-encoding': 'zstd' }],
  ])('%s in the upload’s place alone is not believed, and passes', async (_, page, headers = {}) => {
    const server = await receiver({ upload: { kind: 'page', text: page, headers, times: 1 } });
    const content = randomBytes(300_000);
    const job = await jobFor(await tempFile(content));
    const driver = destination(server.url);
    const failure = await driver.send(job).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'destination_portal', params: { where: 'HTML' } });
    await driver.send(job);
    expect((await filesOfTasks(server.dir)).map((file) => file.equals(content))).toEqual([true]);
  });

  test('a server that redirected the last upload is listened to before it is sent the file', async () => {
    const redirect = 'HTTP/1.1 302 Found\r\nLocation: /sign-in\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';
    /** Bytes that came with each POST, its head included. */
    const posts: number[] = [];
    const url = await rawServer((socket) => {
      let index = -1;
      socket.on('data', (chunk) => {
        if (index < 0 && chunk.toString('latin1').startsWith('GET ')) {
          // Its health is well.
          socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}');
          return;
        }
        if (index < 0) {
          index = posts.push(0) - 1;
          socket.write(redirect);
        }
        posts[index] = (posts[index] ?? 0) + chunk.length;
      });
    });
    const job = await jobFor(await tempFile(Buffer.alloc(12 * mebibyte)));
    const driver = destination(url);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(driver.send(job)).rejects.toMatchObject({ code: 'destination_redirected' });
    }
    expect(posts).toHaveLength(2);
    expect(posts[1]).toBeLessThan(64 * 1024);
  });

  test.each<[string, number, Record<string, string>, string, string]>([
    ['redirects', 302, { location: 'http://login.hotel.example/?token=secret' }, '', 'http://login.hotel.example/'],
    ['redirects', 307, { location: 'http://login.hotel.example/?token=secret' }, '', 'http://login.hotel.example/'],
    ['answers', 200, { 'content-type': 'text/html' }, '<!doctype html><title>Welcome</title>', 'HTML'],
  ])(
    'a sign-in page that %s with %i is waited out, and not sent the file again',
    async (_, status, headers, page, where) => {
      let portal = true;
      const posts: string[] = [];
      const url = await httpServer((request, response) => {
        if (request.method === 'POST') posts.push(request.url ?? '');
        const ok = request.method === 'POST' ? '{"task_id": "t"}' : '{}';
        request.resume().once('end', () => {
          if (portal) response.writeHead(status, headers).end(page);
          else response.end(ok);
        });
      });
      const driver = destination(url);
      const job = await jobFor(await tempFile('film'));
      for (let attempt = 0; attempt < 3; attempt += 1) {
        const failure = await driver.send(job).catch((error: unknown) => error);
        expect(failure).toMatchObject({ code: 'destination_portal', params: { where } });
        expect(JSON.stringify(failure)).not.toContain('secret');
        expect(isRetryable('destination_portal')).toBe(true);
      }
      expect(posts).toEqual(['/upload']);
      portal = false;
      expect((await driver.send(job)).task?.id).toBe('t');
    },
  );

  const refusal = 'HTTP/1.1 413 Payload Too Large\r\nContent-Length: 17\r\nConnection: close\r\n\r\n{"detail": "big"}';
  const early: [string, (socket: Socket) => void][] = [
    [
      'at the headers, then resets',
      (socket) => void socket.once('data', () => socket.write(refusal, () => socket.resetAndDestroy())),
    ],
    [
      'at the headers, then closes with the body unread',
      (socket) => void socket.once('data', () => socket.pause().end(refusal, () => socket.destroy())),
    ],
    [
      'in mid-body, then resets',
      (socket) => {
        let read = 0;
        socket.on('data', (chunk) => {
          read += chunk.length;
          if (read > 3 * mebibyte) socket.pause().write(refusal, () => socket.resetAndDestroy());
        });
      },
    ],
  ];
  const refused = async (handle: (socket: Socket) => void, brokenBefore: boolean): Promise<void> => {
    const job = await jobFor(await tempFile(Buffer.alloc(16 * mebibyte)), { brokenBefore });
    const sent = destination(await rawServer(handle)).send(job);
    await expect(sent).rejects.toMatchObject({ code: 'destination_too_large', params: { detail: 'big' } });
  };
  // Windows drops an answer that is unread when the reset comes: there it is a broken connection, and asked again.
  test.skipIf(process.platform === 'win32').each(early)(
    'a server that refuses %s is understood at once',
    (_how, handle) => refused(handle, false),
  );
  test.each(early.filter(([how]) => how.startsWith('at the headers')))(
    'a server that refuses %s is understood where the connection broke before',
    (_how, handle) => refused(handle, true),
  );
});

describe('servers in trouble', () => {
  test('down is destination_unreachable, with the reason', async () => {
    const server = await receiver();
    await server.down();
    await expect(destination(server.url).send(await jobFor(await tempFile('film')))).rejects.toMatchObject({
      code: 'destination_unreachable',
      params: { reason: 'ECONNREFUSED' },
    });
  });

  test('cut in mid-body is destination_unreachable', async () => {
    const server = await receiver({ upload: { kind: 'cut', afterBytes: 300_000 } });
    const job = await jobFor(await tempFile(Buffer.alloc(12 * mebibyte)));
    await expect(destination(server.url).send(job)).rejects.toMatchObject({ code: 'destination_unreachable' });
  });

  test('never answering is destination_timeout', async () => {
    const server = await receiver({ upload: { kind: 'never-answer' } });
    const job = await jobFor(await tempFile('film'));
    await expect(destination(server.url, { answerMs: 150 }).send(job)).rejects.toMatchObject({
      code: 'destination_timeout',
    });
    await server.until(([seen]) => seen?.aborted === true);
  });

  test('taking no bytes is destination_timeout', async () => {
    const url = await rawServer((socket) => socket.pause());
    const job = await jobFor(await tempFile(Buffer.alloc(30 * mebibyte)));
    const driver = destination(url, { stallMs: 200, connectMs: 200 });
    await expect(driver.send(job)).rejects.toMatchObject({ code: 'destination_timeout' });
  });

  test('an answer that begins and does not go on is destination_timeout', async () => {
    const url = await rawServer((socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"task'));
    const job = await jobFor(await tempFile('film'));
    const driver = destination(url, { stallMs: 200, connectMs: 200 });
    await expect(driver.send(job)).rejects.toMatchObject({ code: 'destination_timeout' });
  });

  test('an answer that is cut off is destination_unreachable', async () => {
    const url = await rawServer((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"task'));
    });
    await expect(destination(url).send(await jobFor(await tempFile('film')))).rejects.toMatchObject({
      code: 'destination_unreachable',
    });
  });

  test.each([
    ['garbage', badAnswers.garbage],
    ['nothing', badAnswers.empty],
    ['a list', badAnswers.notAnObject],
    ['no task id', '{"status": "uploaded"}'],
    ['a task id that is no name', '{"task_id": "..", "status": "uploaded"}'],
  ])('%s as the answer is destination_answer_invalid', async (_what, text) => {
    const server = await receiver({ upload: { kind: 'answer', text } });
    await expect(destination(server.url).send(await jobFor(await tempFile('film')))).rejects.toMatchObject({
      code: 'destination_answer_invalid',
    });
  });

  test('an answer of other types than promised is used as far as it makes sense', async () => {
    const server = await receiver({ upload: { kind: 'answer', text: badAnswers.wrongTypes } });
    const { task } = await destination(server.url).send(await jobFor(await tempFile('film')));
    expect(task).toMatchObject({ id: '42', status: 'uploaded', progress: null, message: null });
  });

  test('endless answers are cut off, also packed ones', async () => {
    const job = await jobFor(await tempFile('film'));
    const endless = await receiver({ upload: { kind: 'huge-answer', bytes: 100 * mebibyte } });
    await expect(destination(endless.url).send(job)).rejects.toMatchObject({ code: 'destination_answer_invalid' });
    const bomb = gzipSync(Buffer.alloc(50 * mebibyte, ' '));
    const packed = await httpServer((request, response) => {
      request.resume().once('end', () => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb));
    });
    await expect(destination(packed).send(job)).rejects.toMatchObject({ code: 'destination_answer_invalid' });
  });

  test('something that does not speak HTTP is destination_answer_invalid', async () => {
    const url = await rawServer((socket) => void socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.9\r\n')));
    await expect(destination(url).send(await jobFor(await tempFile('film')))).rejects.toMatchObject({
      code: 'destination_answer_invalid',
    });
  });

  test.each([
    ['size', { size: 3 }, 'destination_size_mismatch'],
    ['size as text', { size: '3' }, 'destination_size_mismatch'],
    ['checksum', { sha256: 'A'.repeat(64) }, 'destination_checksum_mismatch'],
  ])('another %s than sent is no arrival', async (_what, fields, code) => {
    const text = JSON.stringify({ task_id: 't', status: 'uploaded', ...fields });
    const server = await receiver({ upload: { kind: 'answer', text } });
    await expect(destination(server.url).send(await jobFor(await tempFile('film')))).rejects.toMatchObject({ code });
  });
});

describe('the file', () => {
  test.each([
    ['grows', (path: string) => appendFile(path, 'more')],
    ['shrinks', (path: string) => truncate(path, 9 * mebibyte)],
    [
      'is replaced by rename',
      async (path: string) => {
        await writeFile(`${path}.new`, Buffer.alloc(20 * mebibyte, 'x'));
        await rename(`${path}.new`, path);
      },
    ],
  ])('that %s while it is sent is file_changing', async (_how, change) => {
    const path = await tempFile(Buffer.alloc(20 * mebibyte));
    const server = await receiver({ upload: { kind: 'slow', bytesPerSecond: 80 * mebibyte } });
    let changed: Promise<void> | undefined;
    const onProgress = (): void => {
      changed ??= change(path);
    };
    const sent = destination(server.url).send(await jobFor(path, { onProgress }));
    await expect(sent).rejects.toMatchObject({ code: 'file_changing' });
    await changed;
  });

  test('that is not what the journal says is file_changing before anything is sent', async () => {
    const server = await receiver();
    const path = await tempFile('film');
    const job = await jobFor(path, { content: { bytes: 4, modifiedAt: 1 } });
    await expect(destination(server.url).send(job)).rejects.toMatchObject({ code: 'file_changing' });
    expect(server.requests.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  test('that is gone, empty or a folder has its own code', async () => {
    const folder = await tempFolder();
    await mkdir(join(folder, 'sub'));
    await expect(measureFile(join(folder, 'none.mkv'))).rejects.toMatchObject({ code: 'file_missing' });
    await expect(measureFile(join(folder, 'sub'))).rejects.toMatchObject({ code: 'file_unreadable' });
    await expect(measureFile(await tempFile(''))).rejects.toMatchObject({ code: 'file_empty' });
    const job = await jobFor(await tempFile('film'));
    const gone = destination('http://127.0.0.1:1').send({ ...job, path: join(folder, 'none.mkv') });
    await expect(gone).rejects.toMatchObject({ code: 'file_missing', params: { file: 'none.mkv' } });
  });
});

test('an aborted send leaves no connection', async () => {
  const server = await receiver({ upload: { kind: 'slow', bytesPerSecond: mebibyte } });
  const abort = new AbortController();
  const started = Promise.withResolvers<void>();
  const onProgress = (): void => started.resolve();
  const job = await jobFor(await tempFile(Buffer.alloc(20 * mebibyte)), { signal: abort.signal, onProgress });
  const sent = destination(server.url).send(job);
  await started.promise;
  abort.abort(new Error('paused'));
  await expect(sent).rejects.toThrow('paused');
  await server.until((requests) => requests[0]?.aborted === true);
});

describe('health', () => {
  test('tells a server that is there from one that is not', async () => {
    const server = await receiver();
    const driver = destination(server.url);
    expect(driver.status()).toMatchObject({ configured: true, reachable: null, problem: null, address: server.url });
    await driver.checkHealth();
    expect(driver.status()).toMatchObject({ reachable: true, problem: null });
    await server.down();
    await driver.checkHealth();
    expect(driver.status()).toMatchObject({ reachable: false, problem: { code: 'destination_unreachable' } });
  });

  test.each([
    [404, null],
    [500, 'destination_failed'],
    [401, 'destination_auth'],
    [302, 'destination_portal'],
  ])('HTTP %i there means a server with the problem %s', async (status, code) => {
    const url = await httpServer((_request, response) => response.writeHead(status).end());
    const driver = destination(url);
    await driver.checkHealth();
    expect(driver.status().reachable).toBe(true);
    expect(driver.status().problem?.code ?? null).toBe(code);
  });

  test('a failed send is followed by a look', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const url = await httpServer((request, response) => {
      if (request.method === 'GET') resolve(request.url ?? '');
      request.resume().once('end', () => response.writeHead(500).end());
    });
    await expect(destination(url).send(await jobFor(await tempFile('film')))).rejects.toMatchObject({
      code: 'destination_failed',
    });
    expect(await promise).toBe('/health');
  });
});

test('closing a server connection after the answer does not undo it', async () => {
  const url = await httpServer(async (request, response) => {
    request.resume();
    await once(request, 'end');
    response.end('{"task_id": 5, "status": "nonsense", "size": "4"}', () => request.socket.resetAndDestroy());
  });
  const { task } = await destination(url).send(await jobFor(await tempFile('film')));
  expect(task).toMatchObject({ id: '5', status: 'uploaded' });
});
