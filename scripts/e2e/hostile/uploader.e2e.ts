/**
 * Who sends uploads to the processing server, which runs as a process of its own here: names, forms and addresses of all kinds. It
 * stores what it was sent under names of its own, fetches from nowhere inside, and tells nobody without the key anything.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { foreignHosts, foreignOrigins, wrongAuthorizations } from '../../../agent/http/foreign-requests-fixture.ts';
import { form, formBody, formType, type Part } from '../../../server/receiver-fixture.ts';
import { commonNodeFlags } from '../../launch/commands.mjs';
import { bareEnvironment } from '../../rig/agent-process.ts';
import { listen } from '../../rig/listen.ts';
import { countAs } from './hostile-table-fixture.ts';
import { exchangeRaw, type RawExchange } from './raw-exchange-fixture.ts';
import { smugglingRequests } from './smuggling-fixture.ts';

const apiKey = 'the-key-of-the-receiver';
const main = path.resolve(import.meta.dirname, '../../../server/main.ts');

let folder: string;
let child: ChildProcess;
let port: number;
/** Inside, where uploads must not lead; it counts who comes. */
let inside: Server;
let insidePort: number;
let visits = 0;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'streamai-uploader-'));
  child = spawn(process.execPath, [...commonNodeFlags, main, '--dir', folder], {
    env: { ...bareEnvironment(), VULTR_API_KEY: apiKey },
    // The channel ends it when this process is gone, however it went.
    stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
  });
  if (child.stdout === null) throw new Error('the receiver has no output');
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  ({ port } = z.object({ port: z.int() }).parse(JSON.parse(String(line))));
  inside = createServer((_request, response) => {
    visits += 1;
    response.end('what is inside');
  });
  inside.on('connection', () => {
    visits += 1;
  });
  insidePort = await listen(inside);
});
afterAll(async () => {
  inside?.close();
  if (child?.exitCode === null) {
    child.disconnect();
    await once(child, 'exit');
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});
afterEach(async () => {
  expect(child.exitCode).toBeNull();
  expect(visits).toBe(0);
  expect(await readdir(path.join(folder, 'incoming'))).toEqual([]);
  // What is worked on has a folder that comes and goes: each task has ended, and left nothing there.
  await expect.poll(underWay, { timeout: 30_000, interval: 10 }).toEqual([]);
  // Nothing lies anywhere but in a folder of its own, under a name of ours.
  for (const name of await readdir(folder, { recursive: true })) {
    expect(name).toMatch(
      /^(incoming|tasks([/\\][\w-]+([/\\](results|(task|state)\.json(\.new)?|recording(\.[a-z0-9]{1,8})?))?)?|[\w.-]+)$/,
    );
  }
});
countAs('uploader');

/** The tasks that have not ended, and what lies in the folders that they are worked on in. */
async function underWay(): Promise<string[]> {
  const tasks = path.join(folder, 'tasks');
  const states = (await readdir(tasks)).map(async (id) => {
    const state: unknown = JSON.parse(await readFile(path.join(tasks, id, 'state.json'), 'utf8'));
    const { endedAt } = z.object({ endedAt: z.number().nullable() }).parse(state);
    return endedAt === null ? [id] : [];
  });
  return [...(await Promise.all(states)).flat(), ...(await readdir(path.join(folder, 'scratch')))];
}

interface Upload {
  readonly headers?: Readonly<Record<string, string>>;
  readonly parts?: readonly Part[];
  readonly body?: Buffer;
}

/** Over a connection of its own, with the key unless it has another. */
async function upload({ headers = {}, parts = form(), body }: Upload): Promise<RawExchange & { json: unknown }> {
  const bytes = body ?? Buffer.concat([...formBody(parts)]);
  const all = {
    ...{ Host: `127.0.0.1:${port}`, Authorization: `Bearer ${apiKey}`, Connection: 'close' },
    ...{ 'Content-Type': formType, 'Content-Length': String(bytes.length) },
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`POST /upload HTTP/1.1\r\n${lines.join('')}\r\n`);
  const answer = await exchangeRaw(port, Buffer.concat([head, bytes]));
  const text = Buffer.from(answer.text, 'latin1').toString();
  const start = text.indexOf('{', text.indexOf('\r\n\r\n'));
  return { ...answer, json: start === -1 ? null : JSON.parse(text.slice(start, text.lastIndexOf('}') + 1)) };
}

function expectRefused({ statuses, text }: RawExchange): void {
  expect(statuses[0], text).toBeGreaterThanOrEqual(400);
  expect(statuses[0], text).toBeLessThan(500);
  expect(text).not.toMatch(/node_modules|at \w+ \(|streamai-uploader/);
}

async function get(target: string, headers: Readonly<Record<string, string>> = {}): Promise<RawExchange> {
  const all = { Host: `127.0.0.1:${port}`, Authorization: `Bearer ${apiKey}`, Connection: 'close', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return exchangeRaw(port, Buffer.from(`GET ${target} HTTP/1.1\r\n${lines.join('')}\r\n`));
}

/** Any: the tables' own are put in its place. */
const [anyPort, anyKey, anyHost] = [65_001, 'k3y-0f-the-table', 'host-of-the-table'];

test.each(foreignHosts(anyPort))('the Host %s is refused', async (host) => {
  const headers = { Host: host.replaceAll(String(anyPort), String(port)) };
  // Some of them are no hosts at all.
  const refused = [[400], [403]];
  expect(refused).toContainEqual((await upload({ headers })).statuses);
  expect(refused).toContainEqual((await get('/health', headers)).statuses);
});

test.each([...foreignOrigins(anyPort), `http://127.0.0.1:${anyPort}`])('the Origin %s is refused', async (origin) => {
  const headers = { Origin: origin.replaceAll(String(anyPort), String(port)) };
  expect((await upload({ headers })).statuses).toEqual([403]);
  expect((await get('/health', headers)).statuses).toEqual([403]);
});

test.each(wrongAuthorizations(anyKey))('Authorization: %s is not the key', async (authorization) => {
  const headers = {
    Authorization: authorization.replaceAll(anyKey, apiKey).replaceAll(anyKey.toUpperCase(), apiKey.toUpperCase()),
  };
  expect((await upload({ headers })).statuses).toEqual([401]);
  expect((await get('/status/x', headers)).statuses).toEqual([401]);
  expect((await get('/results/x/video', headers)).statuses).toEqual([401]);
});

describe('no HTTP, or a request within a request', () => {
  test.each(smugglingRequests(anyHost))('%s', async (_, bytes) => {
    const sent = bytes.replaceAll(anyHost, `127.0.0.1:${port}`);
    const { statuses, text } = await exchangeRaw(port, Buffer.from(sent, 'latin1'), 30_000);
    expect(
      statuses.filter((status) => status < 400),
      text,
    ).toEqual([]);
  });
});

describe('a file’s name', () => {
  test.each([
    '../../../../tmp/evil.mkv',
    '..\\..\\evil.mkv',
    '/etc/passwd',
    'C:\\Windows\\win.ini',
    'C:evil.mkv',
    '\\\\host\\share\\evil.mkv',
    '....//....//evil.mkv',
    '..%2f..%2fevil.mkv',
    '..',
    '.',
    '...',
    '.htaccess',
    'CON',
    'nul.mkv',
    'COM1.mkv',
    'evil.mkv.',
    'evil.mkv ',
    'evil.mkv::$DATA',
    'evil\u0000.mkv',
    'evil\u202evkm.exe',
    'evil\u001b[31m.mkv',
    'task.json',
    '../task.json',
    'evil.php',
    'evil.html',
    'evil.svg',
    '<img src=x onerror=alert(1)>.mkv',
    '-rf',
    '$(touch evil)',
    '`touch evil`',
    '%00',
    '\u2025\u2044evil',
    '\uff0e\uff0e\uff0fevil',
    'x'.repeat(5000),
    `a.${'x'.repeat(300)}`,
    '🎬'.repeat(500),
    'e\u0301.mkv',
    '__proto__',
  ])('%j is only a label', async (filename) => {
    const { statuses, json, text } = await upload({ parts: form({ filename }) });
    expect(statuses, text).toEqual([200]);
    const answer = z.object({ task_id: z.uuid(), filename: z.string() }).parse(json);
    expect(answer.filename).not.toMatch(/[/\\\p{Cc}]/u);
    expect([...answer.filename].length).toBeLessThanOrEqual(255);
    expect(['.', '..', '']).not.toContain(answer.filename);
    const files = await readdir(path.join(folder, 'tasks', answer.task_id));
    expect(files.find((file) => !/^((task|state)\.json(\.new)?|results)$/.test(file))).toMatch(
      /^recording(\.[a-z0-9]{1,8})?$/,
    );
    const { text: video } = await get(`/results/${answer.task_id}/video`);
    expect(video).toContain('a recording');
    expect(video.toLowerCase()).toContain('x-content-type-options: nosniff');
    expect(video).not.toMatch(/content-type: (text\/html|image\/svg)/i);
  });
});

describe('the address of a file that is to be fetched', () => {
  const P = 'PORT';
  test.each([
    ...['127.0.0.1', 'localhost', 'LOCALHOST', 'localhost.', '127.0.0.1.', '127.1', '127.0.1', '127.255.255.254', '0'],
    ...[
      '0.0.0.0',
      '0x7f.1',
      '0x7f000001',
      '0X7F.0x0.0x0.0x1',
      '2130706433',
      '017700000001',
      '0177.0.0.1',
      '127.0.0.01',
    ],
    ...['127.0.0.1%2e', '127%2e0%2e0%2e1', '%6cocalhost', '①②⑦.⓪.⓪.①', '１２７．０．０．１', '127。0。0。1'],
    ...['[::1]', '[::]', '[0:0:0:0:0:0:0:1]', '[::127.0.0.1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]'],
    ...['[::ffff:0:127.0.0.1]', '[64:ff9b::127.0.0.1]', '[64:ff9b:1::7f00:1]', '[2002:7f00:1::]', '[2001:0:7f00:1::]'],
    ...['[fe80::1]', '[fd00:ec2::254]', '[fc00::1]', '[ff02::1]', '[100::1]'],
    ...['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254', '100.100.100.200', '192.0.0.192'],
    ...['100.64.0.1', '198.18.0.1', '224.0.0.1', '240.0.0.1', '255.255.255.255', '0x0a.1', '0xa9fea9fe'],
  ])('%s is not fetched from', async (host) => {
    const url = `http://${host}:${P}/a.mkv`.replaceAll(P, String(insidePort));
    const { statuses, text } = await upload({ parts: [{ name: 'source_url', value: url }] });
    expect(statuses, text).toEqual([422]);
    expect(text).not.toContain('what is inside');
  });

  test.each([
    'file:///etc/passwd',
    'FILE:/etc/passwd',
    `ftp://127.0.0.1:${P}/a`,
    `gopher://127.0.0.1:${P}/_GET`,
    `dict://127.0.0.1:${P}/`,
    `ws://127.0.0.1:${P}/`,
    'data:video/mp4,film',
    'blob:http://127.0.0.1/x',
    'javascript:alert(1)',
    'unix:/var/run/docker.sock',
    `//127.0.0.1:${P}/a`,
    `http:127.0.0.1:${P}/a`,
    `http:/127.0.0.1:${P}/a`,
    `http:\\\\127.0.0.1:${P}\\a`,
    `http://user:password@127.0.0.1:${P}/`,
    `http://example.com@127.0.0.1:${P}/`,
    `http://127.0.0.1:${P}@127.0.0.1:${P}/`,
    `http://example.com\\@127.0.0.1:${P}/`,
    `http://127.0.0.1:${P}#@example.com/`,
    ` http://127.0.0.1:${P}/ `,
    `ht\ntp://127.0.0.1:${P}/`,
    `http://127.0.\t0.1:${P}/`,
    'http://',
    'http://[::1',
    'http://[::1%25lo]/',
    'http://a b/',
    'http://127.0.0.1:99999/',
    `http://127.0.0.1:${P}/${'x'.repeat(9000)}`,
    '',
    'null',
  ])('%j is not fetched', async (value) => {
    const parts = [{ name: 'source_url', value: value.replaceAll(P, String(insidePort)) }];
    const { statuses, text } = await upload({ parts });
    expect(statuses, text).toEqual([422]);
    expect(text).not.toContain('what is inside');
  });
});

describe('a form', () => {
  const file: Part = { name: 'file', filename: 'a.mkv', bytes: Buffer.from('film') };
  const fields = (name: string, value: string): Part[] => [{ name, value }, file];
  test.each<[string, Upload]>([
    ['with an unknown model', { parts: fields('subtitle_model', 'huge') }],
    ['with a model that is a path', { parts: fields('subtitle_model', '../../tiny') }],
    ['with a model that is a command', { parts: fields('subtitle_model', 'tiny; touch evil') }],
    ['with a priority of 11', { parts: fields('priority', '11') }],
    ['with a priority of -1', { parts: fields('priority', '-1') }],
    ['with a priority of 1e0', { parts: fields('priority', '1e0') }],
    ['with a priority of NaN', { parts: fields('priority', 'NaN') }],
    ['with a priority of 1.5', { parts: fields('priority', '1.5') }],
    ['with a priority in Arabic digits', { parts: fields('priority', '٣') }],
    ['with a field that is too long', { parts: fields('x', 'y'.repeat(70_000)) }],
    ['with too many fields', { parts: [...Array.from({ length: 50 }, () => ({ name: 'x', value: 'y' })), file] }],
    ['with too many parts', { parts: Array.from({ length: 50 }, () => file) }],
    ['with two files', { parts: [file, file] }],
    ['with a file and an address', { parts: fields('source_url', 'http://example.com/a.mkv') }],
    ['with a file that is a field', { parts: [{ name: 'file', value: 'film' }] }],
    ['without a file', { parts: [{ name: 'priority', value: '3' }] }],
    ['of nothing', { parts: [] }],
    ['without a boundary', { headers: { 'Content-Type': 'multipart/form-data' } }],
    ['with an empty boundary', { headers: { 'Content-Type': 'multipart/form-data; boundary=""' } }],
    ['with another boundary', { headers: { 'Content-Type': 'multipart/form-data; boundary=x' } }],
    [
      'with a boundary of a thousand characters',
      { headers: { 'Content-Type': `multipart/form-data; boundary=${'x'.repeat(1000)}` } },
    ],
    ['as JSON', { headers: { 'Content-Type': 'application/json' } }],
    ['as a web form', { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }],
    ['as a related multipart', { headers: { 'Content-Type': 'multipart/related; boundary=x' } }],
    ['of no type', { headers: { 'Content-Type': '' } }],
    ['cut off', { body: Buffer.concat([...formBody(form())]).subarray(0, 200) }],
    ['cut off in the head of a part', { body: Buffer.concat([...formBody(form())]).subarray(0, 60) }],
    ['packed', { headers: { 'Content-Encoding': 'gzip' }, body: gzipSync(Buffer.concat([...formBody(form())])) }],
    ['of boundaries alone', { body: Buffer.from('--streamai-test-boundary\r\n'.repeat(20_000)) }],
    ['of line ends alone', { body: Buffer.from('\r\n'.repeat(100_000)) }],
    ['of headers without an end', { body: Buffer.from(`--streamai-test-boundary\r\n${'A: b\r\n'.repeat(50_000)}`) }],
    [
      'with a header that is too long',
      { body: Buffer.from(`--streamai-test-boundary\r\nA: ${'b'.repeat(200_000)}\r\n\r\nx`) },
    ],
  ])('%s is refused', async (_, sent) => {
    expectRefused(await upload(sent));
  });
});

describe('a key of an upload', () => {
  test.each(['', ' ', 'a b', 'a\tb', 'é', '../../x', 'x'.repeat(201), '\u0001', '__proto__', 'constructor', '%2e%2e'])(
    '%j is a name at most',
    async (key) => {
      const { statuses, text } = await upload({ headers: { 'Idempotency-Key': key } });
      expect([200, 400], text).toContain(statuses[0]);
      expect(await readFile(path.join(folder, '..', 'x')).catch(() => null)).toBeNull();
    },
  );
});

describe('a task’s id', () => {
  test.each([
    '..',
    '.',
    '%2e%2e',
    '..%2f..%2fetc%2fpasswd',
    '..%5c..%5cx',
    '%00',
    '%',
    '%zz',
    '%c0%ae',
    '*',
    '%2A',
    '__proto__',
    'constructor',
    'toString',
    'incoming',
    'tasks',
    "'%20OR%201=1--",
    'x'.repeat(5000),
    '00000000-0000-0000-0000-000000000000',
    '%f0%9f%8e%ac',
  ])('%s is nobody’s', async (id) => {
    for (const target of [
      `/status/${id}`,
      `/results/${id}/video`,
      `/results/${id}/subtitles`,
      `/results/${id}/thumbnail`,
    ]) {
      expectRefused(await get(target));
    }
  });
});

describe('a range of a result', () => {
  test.each([
    'bytes=0-',
    'bytes=-1',
    'bytes=-0',
    'bytes=1-0',
    'bytes=99999999999999999999-',
    'bytes=0-99999999999999999999',
    'bytes=-99999999999999999999',
    'bytes=0-0,1-1',
    `bytes=${Array.from({ length: 1000 }, (_, n) => `${n}-${n}`).join(',')}`,
    'bytes=a-b',
    'bytes=0x0-0x1',
    'bytes= 0 - 1 ',
    'items=0-1',
    'bytes',
    '-',
  ])('%s gives no more than the file', async (range) => {
    const { json } = await upload({});
    const { task_id: id } = z.object({ task_id: z.string() }).parse(json);
    const { statuses, text } = await get(`/results/${id}/video`, { Range: range });
    expect([200, 206, 416], text).toContain(statuses[0]);
    const body = text.slice(text.indexOf('\r\n\r\n') + 4);
    if (statuses[0] !== 416) expect('a recording').toContain(body);
  });
});
