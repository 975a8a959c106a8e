import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cpuMs, longestTurnMs } from './cpu-fixture.ts';
import { openLogFile } from './log/file.ts';
import { createLog, type Log } from './log.ts';

let folder: string;
let file: string;
let log: Log;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'streamai-log-'));
  file = path.join(folder, 'agent.log');
  log = createLog({ level: 'info', file });
});
afterEach(async () => {
  log.close();
  await rm(folder, { recursive: true, force: true });
});
const lines = async (): Promise<Record<string, unknown>[]> =>
  (await readFile(file, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('writes one JSON object a line, at once, from its level up', async () => {
  log.debug('not this');
  log.info({ address: 'localhost:4455', bytes: 5 }, 'connected');
  log.warn('words alone');
  log.error(new Error('broken'), 'failed');
  expect(await lines()).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      address: 'localhost:4455',
      bytes: 5,
      msg: 'connected',
    },
    { level: 'warn', time: expect.any(String), msg: 'words alone' },
    expect.objectContaining({ level: 'error', err: expect.objectContaining({ message: 'broken' }), msg: 'failed' }),
  ]);
});

/** As Python's json writes it. */
const ascii = (text: string): string =>
  text.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

describe('secrets', () => {
  const secrets = ['hunter22', 'k3y "with" \\quotes\\', 'p@ss/wörd?', 'plain-token-value'];
  const nothing = async (): Promise<string> => {
    const text = await readFile(file, 'utf8');
    for (const secret of secrets) {
      for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]) {
        expect(text).not.toContain(form);
      }
    }
    await lines();
    return text;
  };

  test.each([
    ['as JSON has it', (secret: string) => JSON.stringify({ detail: secret })],
    ['as JSON in JSON has it', (secret: string) => JSON.stringify({ detail: JSON.stringify({ key: secret }) })],
    ['in JSON of ASCII alone', (secret: string) => `"${ascii(JSON.stringify(secret).slice(1, -1))}"`],
    ['in JSON with slashes escaped', (secret: string) => JSON.stringify(secret).replaceAll('/', '\\/')],
  ])('known by their value are taken out %s', async (_, written) => {
    for (const secret of secrets) log.secret(secret);
    for (const secret of secrets) log.warn({ answer: `it said ${written(secret)}` }, `again: ${written(secret)}`);
    const text = await nothing();
    for (const rest of ['hunter22', 'quotes', 'p@ss', 'plain-token']) expect(text).not.toContain(rest);
  });

  test('under names that tell it are taken out at any depth', async () => {
    const [a, b, c, d] = secrets;
    log.info({ password: a, list: [{ obsPassword: b }], deep: { a: { processingApiKey: c, Authorization: d } } }, 'x');
    log.info(
      { headers: { cookie: a, 'x-api-key': b }, salt: c, challenge: d, refresh_token: a, token: { value: a } },
      'x',
    );
    log.info(new Map([['secretKey', a]]), 'x');
    expect(await nothing()).toContain('"obsPassword":"[secret]"');
  });

  test('whose value is known are taken out of everything', async () => {
    for (const secret of secrets) log.secret(secret);
    for (const secret of secrets) {
      log.info({ address: `ws://x/${secret}`, [secret]: 1, list: [[secret]] }, `said ${secret} twice: ${secret}`);
      log.info(`https://x/?q=${encodeURIComponent(secret)}`);
      log.error({ err: new Error(`bad ${secret}`, { cause: new TypeError(secret) }) }, secret);
      log.error(Object.assign(new AggregateError([new Error(secret)], secret), { url: secret }), 'x');
    }
    const text = await nothing();
    expect(text).toContain('[secret]');
    expect(text).toContain('log.test.ts');
  });

  test('that look like it are taken out unknown as they are', async () => {
    log.info('GET https://x/o?X-Amz-Credential=hunter22&X-Amz-Date=1&X-Amz-Signature=plain-token-value#end');
    log.info('http://x/#token=plain-token-value and Bearer plain-token-value and Basic hunter22');
    log.error(new Error('connect ws://zoé:hunter22@host:4455/ failed'), 'x');
    const text = await nothing();
    expect(text).toContain('X-Amz-Date=1&');
    expect(text).toContain('host:4455');
  });

  test('leave ordinary words alone, and whether one is set', async () => {
    log.secret('');
    log.secret(null);
    log.secret('a');
    log.info({ secrets: false, taskId: 'a1', author: 'Zoé', obsPassword: true, keyframe: 2 }, 'a task has a key');
    expect(await lines()).toMatchObject([
      { secrets: false, taskId: 'a1', author: 'Zoé', obsPassword: true, keyframe: 2, msg: 'a task has a key' },
    ]);
  });
});

test('takes whatever it is given, within bounds', async () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  log.info({ circle, big: 10n, bytes: Buffer.alloc(9), date: new Date(0), f: () => 1, bad: new Date(Number.NaN) }, 'x');
  log.info({ text: 'x'.repeat(100_000), list: Array.from({ length: 10_000 }, () => 'y') }, 'x');
  const [first] = await lines();
  expect(first).toMatchObject({ big: '10', bytes: '[9 bytes]', date: '1970-01-01T00:00:00.000Z', bad: null });
  expect((await stat(file)).size).toBeLessThan(20_000);
});

describe('texts of others', () => {
  // Each begins something that a pattern looks for, again and again, and never ends it.
  test.each([
    'a.',
    'a://',
    'a:',
    'a://a:',
    '://:',
    'bearer ',
    'bearer',
    '?key=',
    '&signature',
    '=',
    ' ',
    '\u001b[',
    '\u202e',
  ])('cost no more than they are read: %j 200,000 times', async (piece) => {
    const text = piece.repeat(200_000);
    const err = new Error(text, { cause: new Error(text) });
    expect(await cpuMs(() => log.warn({ err, text }, text))).toBeLessThan(longestTurnMs);
    expect((await stat(file)).size).toBeLessThan(60_000 * 4);
  });

  test('keep their secret where they are cut', async () => {
    log.secret('known-secret-value');
    for (let length = 7900; length < 8100; length += 7) {
      log.info(`${'x'.repeat(length)} known-secret-value http://h/?token=known-secret-value&x=${'y'.repeat(9000)}`);
    }
    expect(await readFile(file, 'utf8')).not.toMatch(/known-s/);
  });

  test('move nothing in a terminal, and keep their lines', async () => {
    const name = 'film\u202e4pm\u009b2J\u001b]0;x\u0007 👩‍👩‍👧‍👦.mkv';
    log.info({ [name]: name, err: new Error(`${name}\nsecond line`) }, name);
    const text = await readFile(file, 'utf8');
    expect(text).not.toMatch(/[\u0080-\u009f\u202e]|\\u001b|\\u0007/);
    expect(text).toContain('👩‍👩‍👧‍👦.mkv');
    expect(text).toContain('\\nsecond line');
  });

  test('are bounded all together', async () => {
    const long = 'x'.repeat(8000);
    const wide = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`k${index}`, [long, long, long]]));
    log.info({ wide, again: wide }, 'x');
    expect((await stat(file)).size).toBeLessThan(100_000);
  });
});

test('the same message again and again is written a hundred times, and then counted', async () => {
  for (let number = 0; number < 60_000; number++) log.warn({ number }, 'a flood');
  log.info('something else');
  log.close();
  const written = await lines();
  expect(written.filter(({ msg }) => msg === 'a flood')).toHaveLength(101);
  expect(written.at(-1)).toMatchObject({ level: 'warn', msg: 'a flood', more: 59_900 });
  expect(written.filter(({ msg }) => msg === 'something else')).toHaveLength(1);
});

describe('the file', () => {
  test.skipIf(process.platform === 'win32')('is for its owner only', async () => {
    log.info('x');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('goes on after a restart, and makes way for a new one when it is full', async () => {
    log.close();
    await writeFile(file, 'old\n');
    const small = openLogFile(file, 10);
    for (const line of ['one\n', 'two\n', 'three\n', 'four\n']) small.write(line);
    small.close();
    small.write('late\n');
    expect(await readFile(`${file}.1`, 'utf8')).toBe('old\none\ntwo\n');
    expect(await readFile(file, 'utf8')).toBe('three\nfour\n');
    const again = openLogFile(file, 10);
    for (const line of ['five\n', 'six\n']) again.write(line);
    again.close();
    expect(await readFile(`${file}.1`, 'utf8')).toBe('three\nfour\n');
    expect((await readdir(folder)).sort()).toEqual(['agent.log', 'agent.log.1']);
  });

  test('goes on in the same file while the older one is held, and tries again later, not at every line', async () => {
    log.close();
    await rm(file);
    // No file takes the place of a folder, on any system.
    await mkdir(path.join(`${file}.1`, 'held'), { recursive: true });
    const held = openLogFile(file, 100);
    held.write(`${'x'.repeat(149)}\n`);
    held.write('1234\n');
    expect((await stat(file)).size).toBe(155);
    await rm(`${file}.1`, { recursive: true });
    held.write('12345\n');
    expect((await stat(file)).size).toBe(161);
    held.write('new\n');
    held.close();
    expect((await stat(`${file}.1`)).size).toBe(161);
    expect(await readFile(file, 'utf8')).toBe('new\n');
  });
});
