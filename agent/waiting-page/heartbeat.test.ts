import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestClock } from '../clock-fixture.ts';
import { prepareDataDir } from '../config/data-dir.ts';
import { Heartbeat } from './heartbeat.ts';
import { waitingPlace } from './place.ts';

let folder: string;
let clock: TestClock;
let pass: string;
let warnings: string[];
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'streamai-heartbeat-'));
  prepareDataDir(folder);
  clock = new TestClock();
  pass = 'pass.first';
  warnings = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function heartbeat(dataDir = folder): Heartbeat {
  const log = { warn: (...words: unknown[]) => void warnings.push(words.map(String).join(' ')) };
  const url = 'http://127.0.0.1:5002';
  return new Heartbeat({ dataDir, logFile: '/log', url, pass: () => pass, clock, log: log as never });
}

/** What the page is told when it loads the file. */
async function read(dataDir = folder): Promise<{ beat: string; url: string; pass: string }> {
  const said: { beat: string; url: string; pass: string }[] = [];
  const script = await readFile(waitingPlace(dataDir).alive, 'utf8');
  new Function('streamaiAlive', script)((each: { beat: string; url: string; pass: string }) => said.push(each));
  const [only] = said;
  if (only === undefined || said.length > 1) throw new Error(`said ${said.length} times`);
  return only;
}

async function beat(part: Heartbeat): Promise<void> {
  clock.advance(500);
  await part.beaten;
}

test('the file is there once the agent has started, and each beat is another one', async () => {
  const part = heartbeat();
  await part.start();
  expect(await readdir(path.join(folder, 'dock'))).toHaveLength(2);
  const beats = [await read()];
  for (let count = 0; count < 12; count++) {
    await beat(part);
    beats.push(await read());
  }
  expect(new Set(beats.map((each) => each.beat)).size).toBe(13);
  expect(beats.at(-1)).toMatchObject({ url: 'http://127.0.0.1:5002', pass: 'pass.first' });
  await part.close();
});

test('beats are written in place: no other file comes and goes, and the length stays', async () => {
  const part = heartbeat();
  await part.start();
  const { alive } = waitingPlace(folder);
  const { ino, size } = await stat(alive);
  for (let count = 0; count < 12; count++) await beat(part);
  expect(await stat(alive)).toMatchObject({ ino, size });
  await part.close();
});

test('an orderly end takes it away and beats no more; the page stays', async () => {
  const part = heartbeat();
  await part.start();
  await part.close();
  const { page } = waitingPlace(folder);
  expect(await readdir(path.join(folder, 'dock'))).toEqual([path.basename(page)]);
  expect(clock.waits()).toEqual([]);
  part.passRenewed();
  expect(clock.waits()).toEqual([]);
});

test('no beat of another run is like one of this', async () => {
  const killed = heartbeat();
  await killed.start();
  const left = await read();
  const next = heartbeat();
  await next.start();
  expect((await read()).beat).not.toBe(left.beat);
  await next.close();
});

test('a new pass is there at once', async () => {
  const part = heartbeat();
  await part.start();
  pass = 'pass.second-that-is-longer';
  part.passRenewed();
  await part.beaten;
  expect(await read()).toMatchObject({ pass });
  expect(clock.waits()).toEqual([500]);
  await part.close();
});

test.skipIf(process.platform === 'win32')('only its user reads it, also after it was made anew', async () => {
  const part = heartbeat();
  await part.start();
  const { alive } = waitingPlace(folder);
  expect((await stat(alive)).mode & 0o777).toBe(0o600);
  await rm(alive);
  await beat(part);
  expect((await stat(alive)).mode & 0o777).toBe(0o600);
  await part.close();
});

test('a file that somebody took away comes back', async () => {
  const part = heartbeat();
  await part.start();
  await rm(path.join(folder, 'dock'), { recursive: true });
  await beat(part);
  await beat(part);
  expect(await read()).toMatchObject({ pass });
  expect(await readdir(path.join(folder, 'dock'))).toHaveLength(2);
  await part.close();
});

test('where it cannot be written, that is logged once, and tried again', async () => {
  await writeFile(path.join(folder, 'dock'), 'in the way');
  const part = heartbeat();
  await part.start();
  await beat(part);
  await beat(part);
  expect(warnings).toHaveLength(1);
  await rm(path.join(folder, 'dock'));
  await beat(part);
  expect(await read()).toMatchObject({ pass });
  await part.close();
});

test('two agents with data folders of their own do not meet', async () => {
  const other = path.join(folder, 'other');
  prepareDataDir(other);
  const parts = [heartbeat(), heartbeat(other)];
  for (const part of parts) await part.start();
  const [one, two] = [await read(), await read(other)];
  expect(one.beat).not.toBe(two.beat);
  await parts[0]?.close();
  expect(await read(other)).toEqual(two);
  await parts[1]?.close();
});
