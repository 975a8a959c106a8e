/** `streamai`, the whole life by the command line alone: a real agent in a process of its own; OBS is simulated. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ensureDockBuilt } from '../build/dock.ts';
import { freePort } from '../rig/free-port.ts';
import { listen } from '../rig/listen.ts';
import { LiveClient } from '../rig/live-channel.ts';
import { startSimulatedObs } from '../rig/simulated-obs.ts';
import { until } from '../rig/until.ts';
import { Command, type Ended } from './command-fixture.ts';

let folder: string;
let dataDir: string;
let env: Record<string, string>;
const cleanups: (() => unknown)[] = [];

beforeAll(() => ensureDockBuilt());
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'streamai-cli-'));
  dataDir = path.join(folder, 'data');
  const home = { HOME: folder, USERPROFILE: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder };
  // Nobody is there, unless a test starts somebody.
  const nobody = { OBS_HOST: '127.0.0.1', OBS_PORT: String(await freePort()) };
  env = { ...home, ...nobody, STREAMAI_DATA_DIR: dataDir, AGENT_PORT: '0' };
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

function run(args: string, more: Readonly<Record<string, string>> = {}): Command {
  const command = new Command('streamai', args === '' ? [] : args.split(' '), { ...env, ...more });
  cleanups.push(() => command.dispose());
  return command;
}
const ended = (args: string, more?: Readonly<Record<string, string>>): Promise<Ended> => run(args, more).ended();
async function json(args: string): Promise<Record<string, unknown>> {
  const { stdout, stderr } = await ended(`${args} --json`);
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

/** An agent in a terminal of its own. */
async function start(): Promise<{ command: Command; url: string; token: string }> {
  const command = run('start');
  const [, url = '', token = ''] = await command.says(/(http:\/\/\S+)\/#token=(\S+)/);
  return { command, url, token };
}

describe('stop', () => {
  test('ends the agent in order, and comes back when it is gone', async () => {
    const { command, url, token } = await start();
    const live = await LiveClient.connect(url, token);
    const closed = live.closed;
    expect(await ended('stop')).toEqual({ code: 0, stdout: 'StreamAI has ended.\n', stderr: '' });
    // Neither it nor its receiver.
    expect(command.anyLeft).toBe(false);
    // RFC 6455 §7.4.1: going away. A crash has no code.
    expect(await closed).toBe(1001);
    expect(await command.ended()).toMatchObject({ code: 0, stderr: '' });
    expect(command.stdout).toMatch(/StreamAI has ended\. What was under way goes on/);
    const left = await readdir(dataDir);
    // Neither an address nor the database's journals: it was an orderly end.
    expect(left.sort()).toEqual(['agent.log', 'dock', 'dock-page', 'received', 'streamai.db', 'token']);
    expect(await ended('stop')).toMatchObject({ code: 3, stdout: '' });
  });

  test('waits for an agent that still starts', async () => {
    const starting = run('start');
    await until('it has its folder', () =>
      readdir(dataDir).then(
        (names) => names.includes('streamai.db'),
        () => false,
      ),
    );
    expect(await ended('stop')).toMatchObject({ code: 0, stderr: '' });
    expect((await starting.ended()).code).toBe(0);
  });

  test('gives its token to nobody who has taken the agent’s port', async () => {
    const heard: string[] = [];
    const stranger = createServer((socket) => {
      socket.on('data', (data) => {
        heard.push(String(data));
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}');
      });
    });
    cleanups.push(() => stranger.close());
    const AGENT_PORT = String(await listen(stranger));
    const token = (await ended('token', { AGENT_PORT })).stdout.trim().split('#token=')[1] ?? 'none';
    expect(token).toHaveLength(43);
    expect((await ended('stop', { AGENT_PORT })).code).toBe(3);
    expect(heard.length).toBeGreaterThan(0);
    expect(heard.join('\n')).not.toContain(token);
  });
});

describe('start', () => {
  test('says where the agent is that already runs over the same folder', async () => {
    const { url } = await start();
    expect(await ended('')).toEqual({ code: 0, stdout: `StreamAI already runs at ${url}\n`, stderr: '' });
    expect(await json('start')).toMatchObject({ url, already: true });
  });

  test('in the background: comes back when it answers, and another time changes nothing', async () => {
    cleanups.push(() => ended('stop'));
    const first = await json('start --background');
    expect(first).toMatchObject({ already: false });
    expect(await json('start --background')).toMatchObject({ already: true, url: first.url });
    expect((await ended('status')).stdout).toContain(`runs at ${first.url}`);
  });

  test('three at the same moment: one runs, the others say where', async () => {
    cleanups.push(() => ended('stop'));
    const all = [1, 2, 3].map(() => run('start'));
    await Promise.all(all.map((each) => each.says(/(is ready|already runs) at http/)));
    const running = all.filter(({ stdout }) => stdout.includes('is ready'));
    expect(running).toHaveLength(1);
    for (const other of all.filter((each) => each !== running[0])) expect((await other.ended()).code).toBe(0);
  });

  test('waits for one that ends, and takes its place', async () => {
    const { command } = await start();
    command.kill('SIGTERM');
    const next = await start();
    expect((await command.ended()).code).toBe(0);
    expect((await ended('status')).stdout).toContain(next.url);
  });

  test('after a kill: nothing is in the way', async () => {
    const { command } = await start();
    command.kill('SIGKILL');
    await command.ended();
    expect((await ended('status')).code).toBe(3);
    expect((await ended('stop')).code).toBe(3);
    const { url } = await start();
    expect((await ended('status')).stdout).toContain(url);
  });
});

test('a whole life by the command line alone, in both languages', async () => {
  const recordings = path.join(folder, 'recordings');
  const obs = await startSimulatedObs({ recordingsDir: recordings, port: Number(env.OBS_PORT), password: 'right' });
  cleanups.push(() => obs.dispose());
  env.OBS_PASSWORD = 'right';
  cleanups.push(() => ended('stop'));
  const french = { LC_ALL: 'fr_FR.UTF-8' };
  const says = async (args: string, more?: Record<string, string>): Promise<string> => {
    const { code, stdout, stderr } = await ended(args, more);
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
    return stdout.replaceAll(/[\u00a0\u202f]/g, ' ');
  };

  await says('start --background');
  await until('OBS is connected', async () => (await says('status')).includes('✓ OBS 32.2.2 is connected'));
  expect(await says('next Leçon-1 --no-upload --priority 3')).toContain('Name: Leçon-1\nIt is not uploaded by itself');
  expect(await says('next', french)).toContain('Nom : Leçon-1\nIl n’est pas envoyé tout seul');

  expect(await says('record start')).toBe('Recording “Leçon-1”.\n');
  expect(await ended('record start', french)).toEqual({
    code: 1,
    stdout: '',
    stderr: 'OBS enregistre déjà. Arrêtez d’abord l’enregistrement en cours.\n',
  });
  const { session } = await json('record chapter Questions');
  expect(session).toMatchObject({ name: 'Leçon-1', priority: 3, marks: [{ kind: 'chapter', text: 'Questions' }] });
  expect(await says('record pause')).toBe('“Leçon-1” is paused.\n');
  expect(await json('record status')).toMatchObject({ active: true, paused: true });
  expect(await says('record resume', french)).toBe('« Leçon-1 » continue.\n');
  expect(await says('record stop')).toBe('“Leçon-1” is recorded.\n');
  expect(await ended('record stop --json')).toMatchObject({ code: 1, stderr: '' });
  const id = (session as { id: string }).id;
  await until('it is closed', async () => (await says('sessions')).includes(`not uploaded  Leçon-1  ${id}`));

  // No bar and no colour in a pipe.
  expect(await says('upload Leçon-1', french)).toMatch(/^✓ Envoyé : serveur de traitement, [\d,]+ [kM]?o\n$/);
  expect(await says(`upload ${id}`)).toMatch(/^✓ Uploaded: processing server, [\d.]+ [kM]?B\n$/);
  expect(await ended('upload nobody')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^This session is not known/),
  });
  expect(await json('sessions --search leçon --filter uploaded')).toMatchObject({
    sessions: [{ id }],
    nextCursor: null,
  });
  expect(await says('sessions --filter failed')).toBe('Nothing found.\n');

  const { token } = await json('token');
  const renewed = await json('token --new');
  expect(renewed.token).not.toBe(token);
  expect(await json('token')).toEqual(renewed);
  expect(await json('status')).toMatchObject({
    url: renewed.url,
    obs: { state: 'connected' },
    recording: { active: false },
  });

  const following = run('logs --follow --lines 5');
  await following.says(/the token is a new one/);
  expect(await says('stop', french)).toBe('StreamAI est arrêté.\n');
  await following.says(/a client asks for the end/);
  following.kill('SIGTERM');
  expect(
    (await says('logs --json'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).msg),
  ).toContain('the agent has ended');
});

describe('what is typed wrongly', () => {
  test.each([
    ['stauts', 'en', 'There is no command “stauts”. Did you mean status?\n'],
    ['status --jsn', 'fr', 'Il n’y a pas d’option « --jsn » ici. Vouliez-vous dire --json ?\n'],
  ])('%s, in %s', async (args, language, sentence) => {
    const locale = { LC_ALL: language === 'fr' ? 'fr_FR.UTF-8' : 'C.UTF-8' };
    expect(await ended(args, locale)).toEqual({ code: 2, stdout: '', stderr: sentence });
  });
});

test.each([
  ['en', 'StreamAI does not run. Start it with “npm start”.\n'],
  ['fr', 'StreamAI ne fonctionne pas. Démarrez-le avec « npm start ».\n'],
])('without an agent, %s: says so, and how it is started', async (language, sentence) => {
  const locale = { LC_ALL: language === 'fr' ? 'fr_FR.UTF-8' : 'C.UTF-8' };
  expect(await ended('status', locale)).toEqual({ code: 3, stdout: '', stderr: sentence });
  const { code, stdout } = await ended('status --json', locale);
  expect({ code, error: JSON.parse(stdout).error.code }).toEqual({ code: 3, error: 'agent_not_running' });
});
