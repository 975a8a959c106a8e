import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { link, mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { disk } from './disk.ts';
import { fileWork } from './file-work.ts';
import { localFiles, sizeOf } from './local-files.ts';
import { allowNetwork, checkPath, keepOut, openRecording, statRecording } from './open-recording.ts';

let folder: string;
const at = (...names: string[]): string => path.join(folder, ...names);

beforeEach(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'streamai-door-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  await writeFile(at('a.mkv'), 'recording');
});

async function read(file: string): Promise<string> {
  const opened = await openRecording(file);
  const buffer = Buffer.alloc(100);
  const { bytesRead } = await opened.read(buffer, 0, buffer.length, 0);
  await opened.close();
  return buffer.toString('utf8', 0, bytesRead);
}

test('a plain file is opened, also in a folder that is a link to another disk', async () => {
  await symlink(folder, at('elsewhere'), 'junction');
  expect(await read(at('a.mkv'))).toBe('recording');
  expect(await read(at('elsewhere', 'a.mkv'))).toBe('recording');
  expect(await sizeOf(at('elsewhere', 'a.mkv'))).toBe(9);
});

/** Puts another file in its place in each of so many moments between the look at it and its opening. */
function replacedBetween(times: number, put: () => Promise<void>): void {
  const { lstat } = disk;
  let left = times;
  disk.lstat = (async (...args: Parameters<typeof lstat>) => {
    const stats = await lstat(...args);
    if (left-- > 0) await put();
    return stats;
  }) as typeof lstat;
  onTestFinished(() => {
    disk.lstat = lstat;
  });
}

test('one that is replaced while it is opened is the newer one; one that never stands still is refused', async () => {
  const replace = async (): Promise<void> => {
    await writeFile(at('new'), 'newer');
    await rename(at('new'), at('a.mkv'));
  };
  replacedBetween(2, replace);
  expect(await read(at('a.mkv'))).toBe('newer');
  replacedBetween(10, replace);
  await expect(read(at('a.mkv'))).rejects.toMatchObject({ code: 'file_refused' });
});

test('a link that is put in its place while it is opened is not followed', async () => {
  await writeFile(at('secret'), 'secret');
  replacedBetween(1, async () => {
    await rm(at('a.mkv'));
    await symlink(at('secret'), at('a.mkv'));
  });
  await expect(read(at('a.mkv'))).rejects.toThrow();
});

test('one that is read goes on to be that very file, whatever lies under its name by then', async () => {
  const opened = await openRecording(at('a.mkv'));
  await writeFile(at('secret'), 'secret');
  await rename(at('secret'), at('a.mkv'));
  const buffer = Buffer.alloc(9);
  await opened.read(buffer, 0, 9, 0);
  await opened.close();
  expect(buffer.toString()).toBe('recording');
});

describe.skipIf(process.platform === 'win32')('what is no plain file is neither opened nor deleted:', () => {
  const inputs: readonly (readonly [string, () => Promise<string> | string])[] = [
    ['a link to a recording', () => linkTo(at('a.mkv'))],
    ['a link to a key', () => linkTo('/etc/passwd')],
    ['a link that leads nowhere', () => linkTo(at('nowhere'))],
    ['a pipe', () => pipe()],
    ['a socket', () => socket()],
    ['/dev/zero', () => '/dev/zero'],
    ['/dev/tty', () => '/dev/tty'],
    ['a link to /dev/zero', () => linkTo('/dev/zero')],
    ['/proc/self/environ', () => '/proc/self/environ'],
    ['/proc/self/environ through a folder that is a link', () => through('/proc/self', 'environ')],
    ['/proc/self/fd/0', () => '/proc/self/fd/0'],
    ['our own token', () => own('token')],
    ['our own token through a folder that is a link', async () => through(path.dirname(await own('token')), 'token')],
    ['our own token by a way round', async () => `${path.dirname(await own('token'))}/../data/./token`],
    ['our own token under another name', async () => hardLink(await own('token'))],
  ];

  test.each(inputs)('%s', async (_what, make) => {
    const file = await make();
    await expect(openRecording(file)).rejects.toMatchObject({ code: 'file_refused' });
    await expect(statRecording(file)).rejects.toMatchObject({ code: 'file_refused' });
    expect(await localFiles.facts(file)).toBeNull();
    expect(await sizeOf(file)).toBe(0);
  });

  test('a dozen pipes hold nothing up', async () => {
    const pipes = await Promise.all(Array.from({ length: 12 }, (_, index) => pipe(`${index}.mkv`)));
    const results = await Promise.allSettled(pipes.map((file) => openRecording(file)));
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['rejected']));
    expect(await read(at('a.mkv'))).toBe('recording');
    expect(fileWork.late).toBe(0);
  });

  async function linkTo(target: string): Promise<string> {
    await symlink(target, at('x.mkv'));
    return at('x.mkv');
  }
  async function through(target: string, name: string): Promise<string> {
    await symlink(target, at('through'));
    return at('through', name);
  }
  async function own(name: string): Promise<string> {
    await mkdir(at('data'));
    keepOut(at('data'));
    await writeFile(at('data', name), 'secret');
    return at('data', name);
  }
  async function hardLink(target: string): Promise<string> {
    await link(target, at('x.mkv'));
    return at('x.mkv');
  }
  function pipe(name = 'x.mkv'): string {
    expect(spawnSync('mkfifo', [at(name)]).status).toBe(0);
    return at(name);
  }
  async function socket(): Promise<string> {
    const server = createServer().listen(at('x.mkv'));
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    return at('x.mkv');
  }
});

test('a folder cannot be read as a file', async () => {
  await expect(openRecording(folder)).rejects.toMatchObject({ code: 'file_unreadable' });
});

test('a file that is not there is missing, not refused', async () => {
  await expect(openRecording(at('none.mkv'))).rejects.toMatchObject({ code: 'ENOENT' });
});

describe('on Windows a share of another machine', () => {
  const refusal = (file: string): unknown => {
    try {
      return checkPath(file, 'win32');
    } catch (error) {
      return error;
    }
  };
  const share = '\\\\nas\\rec\\2026\\a.mkv';

  test('is looked at only where OBS is set up to record there', () => {
    expect(refusal(share)).toMatchObject({ code: 'file_refused' });
    allowNetwork(() => ['\\\\NAS\\rec']);
    onTestFinished(() => allowNetwork(() => []));
    expect(refusal(share)).toBeUndefined();
    expect(refusal(`\\\\?\\UNC\\nas\\rec\\a.mkv`)).toBeUndefined();
  });

  test.each([
    '\\\\evil\\rec\\a.mkv',
    '//evil/rec/a.mkv',
    '\\\\nas\\records\\a.mkv',
    '\\\\nas\\rec\\obs\\..\\other\\a.mkv',
  ])('%s is not, although another is', (file) => {
    allowNetwork(() => ['\\\\nas\\rec\\obs']);
    onTestFinished(() => allowNetwork(() => []));
    expect(refusal(file)).toMatchObject({ code: 'file_refused' });
  });
});
