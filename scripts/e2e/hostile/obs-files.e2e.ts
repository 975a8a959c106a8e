/**
 * What takes OBS's place, or a hostile OBS, names as its recording: nothing of it is read, sent or deleted, although everything that
 * arrived may be deleted here. The simulated OBS names it; the agent, the receiver and the files are real. So is the deletion: where the
 * agent is wrong, what is named here is gone. Every file is the test's own, never one of the machine's.
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chown, copyFile, link, lstat, mkdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Session } from '../../../shared/domain.ts';
import { isSimulated, type SimulatedObs } from '../../rig/simulated-obs.ts';
import { until } from '../../rig/until.ts';
import { receivedTasks, World } from '../world-fixture.ts';
import { countAs } from './hostile-table-fixture.ts';

const isRoot = process.getuid?.() === 0;
const anHourAgo = new Date(Date.now() - 3_600_000);
let world: World;
let obs: SimulatedObs;
/** A real recording, which has arrived and is there no more. */
let film: string;
let number = 0;

const at = (...names: string[]): string => path.join(world.folder, ...names);
const inData = (name: string): string => path.join(world.agent.dataDir, name);

beforeAll(async () => {
  world = await World.start({ obs: 'simulated', obsOptions: { kbps: 8000 } });
  if (!isSimulated(world.obs)) throw new Error('not the simulated OBS');
  obs = world.obs;
  const { id } = await world.agent.api.start({ sessionName: 'Real' });
  await world.written(300_000);
  await world.agent.api.command('stop');
  const done = await world.arrived(id);
  film = at('film.mkv');
  await copyFile(done.recordings[0]?.path ?? '', film);
  await world.agent.api.call('PUT', '/api/settings', { deleteLocal: 'verified' });
});
afterAll(() => world.dispose());

/** A new file in OBS's folder, or elsewhere in the world. */
async function copyOf(content: string, ...names: string[]): Promise<string> {
  const file = at(...names);
  await mkdir(path.dirname(file), { recursive: true });
  await copyFile(content, file);
  const now = new Date();
  await utimes(file, now, now);
  return file;
}
const secretIn = async (...names: string[]): Promise<string> => {
  const file = at(...names);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n');
  return file;
};
async function linked(target: string): Promise<string> {
  const file = at('recordings', `link ${++number}.mkv`);
  await symlink(target, file);
  return file;
}

/** OBS records, and says that it is this file. @returns what became of it */
async function record(file: string): Promise<Session> {
  obs.misbehave({ namesFile: file });
  const { id } = await world.agent.api.start({ sessionName: `Hostile ${++number}` });
  await world.agent.api.command('stop');
  obs.misbehave({ namesFile: null });
  return until('it has ended', async () => {
    const session = await world.agent.api.session(id);
    return session.state === 'recorded' || session.state === 'interrupted' ? session : null;
  });
}

const inputs: readonly (readonly [string, string, () => Promise<string>])[] = [
  ['a table of passwords', 'file_held_format, file_held_outside', () => passwords()],
  ['a private key', 'file_held_format, file_held_outside', () => secretIn('home', '.ssh', 'id_rsa')],
  ['a private key where OBS records', 'file_held_format', () => secretIn('recordings', 'key.mkv')],
  ['a film of the user’s elsewhere', 'file_held_outside', () => copyOf(film, 'films', 'a.mkv')],
  ['a film elsewhere, by a way round', 'file_held_outside', () => wayRound()],
  ['a film that was there before', 'file_held_old', () => old()],
  ['a film under two names', 'file_held_linked', () => twoNames()],
  ['a link to a film', 'file_refused', async () => linked(await copyOf(film, 'films', 'c.mkv'))],
  ['a link to a key', 'file_refused', async () => linked(await secretIn('home', '.ssh', 'id_rsa'))],
  ['a link to nothing', 'file_refused', () => linked(at('nowhere'))],
  ['a pipe', 'file_refused', () => pipe()],
  ['another pipe', 'file_refused', () => pipe()],
  ['a third pipe', 'file_refused', () => pipe()],
  ['a fourth pipe', 'file_refused', () => pipe()],
  ['a socket', 'file_refused', () => socket()],
  ['a device', 'file_refused', () => device()],
  ['/proc/self/environ', 'file_refused', async () => '/proc/self/environ'],
  ['a link to /proc/self/environ', 'file_refused', () => linked('/proc/self/environ')],
  ['StreamAI’s token', 'file_refused', async () => inData('token')],
  ['StreamAI’s database', 'file_refused', async () => inData('streamai.db')],
  ['StreamAI’s log', 'file_refused', async () => inData('agent.log')],
  ['StreamAI’s token under another name', 'file_refused', () => ownUnderAnotherName()],
  ['StreamAI’s token through a folder that is a link', 'file_refused', () => throughLink()],
];

async function passwords(): Promise<string> {
  const file = at('etc', 'passwd');
  await mkdir(path.dirname(file));
  await writeFile(
    file,
    'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n',
  );
  return file;
}
/** Nobody but root can make one, and nobody else could delete the system's. */
async function device(): Promise<string> {
  const file = at('recordings', 'zero.mkv');
  if (isRoot && spawnSync('mknod', [file, 'c', '1', '5']).status !== 0) throw new Error('no device');
  return isRoot ? file : '/dev/zero';
}
async function wayRound(): Promise<string> {
  await copyOf(film, 'films', 'b.mkv');
  return `${at('recordings')}/../films/b.mkv`;
}
async function old(): Promise<string> {
  const file = await copyOf(film, 'recordings', 'old.mkv');
  await utimes(file, anHourAgo, anHourAgo);
  return file;
}
async function twoNames(): Promise<string> {
  const file = await copyOf(film, 'recordings', 'two.mkv');
  await link(file, at('other.mkv'));
  return file;
}
async function pipe(): Promise<string> {
  const file = at('recordings', `pipe ${++number}.mkv`);
  if (spawnSync('mkfifo', [file]).status !== 0) throw new Error('no pipe');
  return file;
}
async function socket(): Promise<string> {
  const file = at('recordings', 'socket.mkv');
  const server = createServer().listen(file);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return file;
}
async function ownUnderAnotherName(): Promise<string> {
  await link(inData('token'), at('recordings', 'token.mkv'));
  return at('recordings', 'token.mkv');
}
async function throughLink(): Promise<string> {
  await symlink(world.agent.dataDir, at('recordings', 'through'));
  return at('recordings', 'through', 'token');
}

describe.skipIf(process.platform === 'win32')('what OBS names as its recording', () => {
  countAs('OBS');

  test.each(inputs)('%s: %s, and it stays what it is', async (_what, codes, make) => {
    const file = await make();
    const before = await lstat(file).catch(() => null);
    const session = await record(file);
    const notices = codes.split(', ').map((code) => ({ code, params: { file: path.normalize(file) } }));
    expect(session.notices).toMatchObject(notices);
    expect(session.recordings.flatMap(({ uploads }) => uploads).filter(({ state }) => state !== 'failed')).toEqual([]);
    expect((await receivedTasks(world.receiver?.dir ?? '')).length).toBe(1);
    expect((await lstat(file).catch(() => null))?.ino).toBe(before?.ino);
    expect((await world.agent.api.call('GET', '/api/health')).status).toBe(200);
  });

  test.skipIf(!isRoot)('a film of another user where OBS records', async () => {
    const file = await copyOf(film, 'recordings', 'foreign.mkv');
    await chown(file, 65_534, 65_534);
    const session = await record(file);
    expect(session.notices).toMatchObject([{ code: 'file_held_owner', params: { file } }]);
    expect(session.recordings[0]?.uploads).toEqual([]);
  });

  test('a person’s word lets a folder’s films go, those that wait and those to come, and nothing else', async () => {
    const [first, second] = [await copyOf(film, 'mine', '1.mkv'), await copyOf(film, 'mine', '2.mkv')];
    const waiting = [await record(first), await record(second)];
    const held = waiting.map(({ notices }) => notices.map(({ code }) => code));
    expect(held).toEqual([['file_held_outside'], ['file_held_outside']]);
    const route = `/api/integrated/recordings/${waiting[0]?.id}/files`;
    expect(await world.agent.api.call('POST', route, { path: second })).toMatchObject({ status: 404 });
    expect(await world.agent.api.call('POST', route, { path: first })).toMatchObject({ status: 200 });
    for (const { id } of waiting) expect((await world.arrived(id)).notices).toEqual([]);
    const third = await record(await copyOf(film, 'mine', '3.mkv'));
    expect((await world.arrived(third.id)).notices).toEqual([]);
    expect((await record(await secretIn('mine', 'key.mkv'))).notices).toMatchObject([{ code: 'file_held_format' }]);
  });

  test('what OBS really records goes on to arrive, and to be deleted here', async () => {
    const { id } = await world.agent.api.start({ sessionName: 'Real again' });
    await world.written(300_000);
    await world.agent.api.command('stop');
    const done = await world.arrived(id);
    expect(done.notices).toEqual([]);
    await until('deleted', async () => (await world.agent.api.session(id)).recordings[0]?.state === 'deleted');
    expect(await readFile(film)).not.toHaveLength(0);
  });

  test('after all of these the agent ends on a signal as ever: no pipe holds a thread', async () => {
    const asked = performance.now();
    expect(await world.agent.stop()).toBe(0);
    expect(performance.now() - asked).toBeLessThan(10_000);
  });
});
