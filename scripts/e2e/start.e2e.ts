/** `npm start` as a process: what it prints, how it ends, and what it says when it cannot start. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ensureDockBuilt } from '../build/dock.ts';
import { Api } from '../rig/agent-api.ts';
import { freePort } from '../rig/free-port.ts';
import { listen } from '../rig/listen.ts';
import { LiveClient } from '../rig/live-channel.ts';
import type { RigObs } from '../rig/obs-types.ts';
import { sha256Of } from '../rig/sha256.ts';
import { startSimulatedObs } from '../rig/simulated-obs.ts';
import { until } from '../rig/until.ts';
import { Command } from './command-fixture.ts';
import { receivedFiles } from './world-fixture.ts';

let folder: string;
let dataDir: string;
let obsPort: number;
const cleanups: (() => unknown)[] = [];

beforeAll(() => ensureDockBuilt());
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'streamai-start-'));
  dataDir = path.join(folder, 'data');
  obsPort = await freePort();
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Nothing but what a test says: no OBS at the port, any free port for the agent. */
function start(env: Readonly<Record<string, string>> = {}): Command {
  const command = new Command('start', [], {
    STREAMAI_DATA_DIR: dataDir,
    AGENT_PORT: '0',
    OBS_HOST: '127.0.0.1',
    OBS_PORT: String(obsPort),
    ...env,
  });
  cleanups.push(() => command.dispose());
  return command;
}

async function ready(command: Command): Promise<{ url: string; token: string; api: Api }> {
  const [, url = '', token = ''] = await command.says(/(http:\/\/\S+)\/#token=(\S+)/);
  return { url, token, api: new Api(url, token) };
}

async function startObs(password: string): Promise<RigObs> {
  const obs = await startSimulatedObs({ recordingsDir: path.join(folder, 'recordings'), port: obsPort, password });
  cleanups.push(() => obs.dispose());
  return obs;
}

describe('npm start', () => {
  test('says where it is, how the dock is added, where things are kept, and that nothing leaves this machine', async () => {
    const command = start();
    const { url, token } = await ready(command);
    await command.says(/Ctrl-C/);
    const { stdout } = command;
    expect(stdout).toContain(`StreamAI is ready at ${url}\n`);
    expect(stdout).toContain('Docks → Custom Browser Docks…');
    expect(stdout).toContain('Nothing leaves this machine');
    expect(stdout).toContain(path.join(dataDir, 'received'));
    expect(stdout).toContain(path.join(dataDir, 'agent.log'));
    expect(token).toBe((await readFile(path.join(dataDir, 'token'), 'utf8')).trim());

    const page = await fetch(`${url}/`);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<script');
    const { destinations } = await new Api(url, token).status();
    expect(destinations[0]).toMatchObject({ id: 'processing', configured: true, embedded: true });
    // Node's fetch keeps connections; an orderly end does not wait for them.
    command.kill('SIGINT');
    expect(await command.ended()).toMatchObject({ code: 0, stderr: '' });
    expect(command.anyLeft).toBe(false);
  });

  test('with a processing server: says where recordings go, runs no receiver', async () => {
    const command = start({ VULTR_API_URL: 'http://127.0.0.1:9/base/' });
    await command.says(/Ctrl-C/);
    expect(command.stdout).toContain('Recordings go to http://127.0.0.1:9/base');
    expect(command.stdout).not.toContain('Nothing leaves');
    expect(await readdir(dataDir)).not.toContain('received');
  });

  test('in French when the terminal is', async () => {
    const command = start({ LC_ALL: 'fr_FR.UTF-8' });
    await command.says(/Docks de navigateur personnalisés…/);
    await command.says(/StreamAI est prêt/);
    await command.says(/✗ OBS n’est pas connecté/);
    command.kill('SIGTERM');
    expect((await command.ended()).code).toBe(0);
  });

  test('tells what OBS does, one line per change; what is recorded reaches the embedded receiver', async () => {
    const command = start({ OBS_PASSWORD: 'right password' });
    const { api } = await ready(command);
    await command.says(/✗ OBS is not connected\. Start OBS/);
    const obs = await startObs('right password');
    await command.says(/✓ OBS 32\.2\.2 is connected/);

    const { id } = await api.start({ sessionName: 'Everyday use' });
    await api.command('stop');
    const session = await until('the recording has arrived', async () => {
      const found = await api.session(id);
      return found.recordings[0]?.uploads[0]?.state === 'completed' && found;
    });
    const [stored, ...others] = await receivedFiles(path.join(dataDir, 'received'));
    expect(others).toEqual([]);
    expect(stored?.sha256).toBe(await sha256Of(session.recordings[0]?.path ?? ''));

    await obs.stop();
    await command.says(/✓ OBS[^✓]*✗ OBS is not connected/);
    const news = command.stdout.split('\n').filter((line) => /^[✓✗]/.test(line));
    expect(news.map((line) => line.slice(0, 20))).toEqual([
      '✗ OBS is not connect',
      '✓ OBS 32.2.2 is conn',
      '✗ OBS is not connect',
    ]);
  });

  test('says what is set in vain, and which address is not used', async () => {
    const dock = start();
    const { api } = await ready(dock);
    await api.call('PUT', '/api/settings', { processingUrl: 'http://127.0.0.1:9' });
    dock.kill('SIGTERM');
    await dock.ended();
    const command = start({ VULTR_API_KEY: 'k3y', OBS_HOTS: 'studio', VULTR_OBJECT_STORAGE_BUCKET: 'films' });
    await command.says(/Nothing leaves this machine/);
    command.kill('SIGTERM');
    const { stderr } = await command.ended();
    expect(stderr.split('\n')).toEqual([
      expect.stringMatching(/^! OBS_HOTS means nothing to StreamAI: did you mean OBS_HOST\?$/),
      expect.stringMatching(/^! Object Storage is off: VULTR_OBJECT_STORAGE_BUCKET is set, but/),
      expect.stringMatching(
        /^! VULTR_API_KEY is set without an address, and http:\/\/127\.0\.0\.1:9.*Set VULTR_API_URL too\.$/,
      ),
      '',
    ]);
  });

  test('says that the password is wrong', async () => {
    await startObs('right password');
    await start({ OBS_PASSWORD: 'wrong password' }).says(/✗ OBS refused the password\. .*OBS_PASSWORD/);
  });

  test('a receiver that dies is said, and started again at another address', async () => {
    const command = start();
    const { api } = await ready(command);
    const [first] = await receivers();
    if (first === undefined) throw new Error('no receiver has started');
    const { url, token } = await ready(command);
    const live = await LiveClient.connect(url, token);
    cleanups.push(() => live.close());
    const ended = live.until('its end is announced', ({ destinations }) => {
      return destinations[0]?.reachable === false && destinations[0].problem?.code === 'receiver_ended';
    });
    process.kill(first.pid, 'SIGKILL');
    await ended;
    await command.says(/✗ The embedded receiver has ended; it is started again in 0\.5 s\./);
    await command.says(/✓ The embedded receiver runs again\./);
    const [, second] = await receivers();
    expect(second?.url).not.toBe(first.url);
    expect(second?.pid).not.toBe(first?.pid);
    expect((await api.status()).destinations[0]?.address).toBe(second?.url);
  });

  test('killed without warning, it takes its receiver along', async () => {
    const command = start();
    await ready(command);
    const [receiver] = await receivers();
    const url = `${receiver?.url}/health`;
    expect((await fetch(url)).status).toBe(200);
    command.kill('SIGKILL');
    await until('the receiver is gone', () =>
      fetch(url).then(
        () => false,
        () => true,
      ),
    );
  });

  test.skipIf(process.platform === 'win32')('Ctrl-C again and again: one orderly end', async () => {
    const command = start();
    await ready(command);
    for (const signal of ['SIGINT', 'SIGINT', 'SIGTERM', 'SIGHUP', 'SIGINT'] as const) command.kill(signal);
    const { code, stdout, stderr } = await command.ended();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.match(/StreamAI has ended/g)).toHaveLength(1);
    expect(command.anyLeft).toBe(false);
  });
});

describe('npm start cannot', () => {
  test.each<[what: string, env: () => Promise<Record<string, string>>, sentence: RegExp]>([
    ['listen at a port that is taken', takenPort, /^Port \d+ is taken by another program\. .*AGENT_PORT\.\n$/],
    [
      'understand a variable',
      async () => ({ DEFAULT_PRIORITY: '11' }),
      /^DEFAULT_PRIORITY is not valid: it must be a whole number between 1 and 10\. Correct it in \.env .*\n$/,
    ],
    [
      'be open to other machines unasked',
      async () => ({ AGENT_HOST: '0.0.0.0' }),
      /^AGENT_HOST is not valid: .*STREAMAI_ALLOW_REMOTE.*\n$/,
    ],
    [
      'use a data folder that is a file',
      async () => ({ STREAMAI_DATA_DIR: await plainFile() }),
      /^The folder “.*plain file” cannot be used: it is not a folder\. Choose another folder.*\n$/,
    ],
    [
      'use a recordings folder that is a file',
      async () => ({ RECORDINGS_DIR: await plainFile() }),
      /^The folder “.*plain file” cannot be used: it is not a folder\. Choose another folder.*\n$/,
    ],
    [
      'make a recordings folder below a file',
      async () => ({ RECORDINGS_DIR: path.join(await plainFile(), 'below') }),
      /^The folder “.*below” cannot be used: it is not a folder\. Choose another folder.*\n$/,
    ],
    [
      'store received files where a file is in the way',
      async () => {
        await mkdir(dataDir);
        await writeFile(path.join(dataDir, 'received'), '');
        return {};
      },
      /^The folder “.*received” cannot be used: it is not a folder\. Choose another folder.*\n$/,
    ],
    [
      'read the database of a newer version',
      newerDatabase,
      /^The database was written by a newer StreamAI\. Update.*\n$/,
    ],
  ])('%s: one sentence with the fix, nothing left running', async (_, env, sentence) => {
    const command = start(await env());
    const { code, stdout, stderr } = await command.ended();
    expect(stderr).toMatch(sentence);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(command.anyLeft).toBe(false);
  });

  test.each([
    ['--port=5003', 'There is no option “--port=5003” here. Did you mean AGENT_PORT, in .env or the environment?'],
    ['--data-dir', 'There is no option “--data-dir” here. Did you mean STREAMAI_DATA_DIR, in .env or the environment?'],
    ['now', 'That is too much: now. “streamai --help” shows what there is.'],
  ])('take %s: it says what was meant', async (argument, said) => {
    const command = new Command('start', [argument], { STREAMAI_DATA_DIR: dataDir });
    expect(await command.ended()).toEqual({ code: 2, stdout: '', stderr: `${said}\n` });
  });

  test('disturb another agent with its data folder, whose receiver stays untouched', async () => {
    const { url } = await ready(start());
    const incoming = path.join(dataDir, 'received', 'incoming');
    // A receiver that starts clears this folder.
    await writeFile(path.join(incoming, 'under way'), '');
    expect(await start().ended()).toEqual({ code: 0, stdout: `StreamAI already runs at ${url}\n`, stderr: '' });
    expect(await readdir(incoming)).toEqual(['under way']);
  });

  test('creates a recordings folder that is missing', async () => {
    const recordings = path.join(folder, 'new', 'recordings');
    await ready(start({ RECORDINGS_DIR: recordings }));
    expect(await readdir(recordings)).toEqual([]);
  });
});

/** The receivers that were started, from the agent's log. */
async function receivers(): Promise<{ url: string; pid: number }[]> {
  const log = await readFile(path.join(dataDir, 'agent.log'), 'utf8');
  return [...log.matchAll(/listens on (http:\/\/[\d.:]+), pid (\d+)/g)].map(([, url = '', pid]) => {
    return { url, pid: Number(pid) };
  });
}

async function takenPort(): Promise<Record<string, string>> {
  const server = createServer();
  cleanups.push(() => server.close());
  return { AGENT_PORT: String(await listen(server)) };
}

async function plainFile(): Promise<string> {
  const file = path.join(folder, 'plain file');
  await writeFile(file, 'kept');
  return file;
}

async function newerDatabase(): Promise<Record<string, string>> {
  await mkdir(dataDir);
  const database = new DatabaseSync(path.join(dataDir, 'streamai.db'));
  database.exec('PRAGMA user_version = 9999');
  database.close();
  return {};
}
