/**
 * Programs of this machine's other users that take a port which ours has just left, or prepare the folder that it starts in: they
 * learn no token, key, password or recording.
 */
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import WebSocket from 'ws';
import { ensureDockBuilt } from '../../build/dock.ts';
import { Api } from '../../rig/agent-api.ts';
import { launchChromium } from '../../rig/chromium.ts';
import { freePort } from '../../rig/free-port.ts';
import { listen } from '../../rig/listen.ts';
import { sha256Of } from '../../rig/sha256.ts';
import { startSimulatedObs } from '../../rig/simulated-obs.ts';
import { until } from '../../rig/until.ts';
import { Command } from '../command-fixture.ts';
import { receivedFiles, World } from '../world-fixture.ts';
import { countAs } from './hostile-table-fixture.ts';
import { Squatter } from './squatter-fixture.ts';

countAs('local user');

beforeAll(() => ensureDockBuilt());

describe('on the agent’s port, with a dock open', () => {
  const obsPassword = 'obs-password-of-this-test';
  let world: World;
  let browser: Browser;
  let page: Page;
  let keys: string[];

  beforeAll(async () => {
    browser = await launchChromium('today');
    world = await World.start({ obs: 'simulated', obsOptions: { password: obsPassword } });
  });
  afterAll(async () => {
    await browser?.close();
    await world?.dispose();
  });
  beforeEach(async () => {
    keys = [];
    page = await browser.newPage({ viewport: { width: 300, height: 800 }, locale: 'en' });
    page.on('request', (request) => keys.push(request.headers().authorization ?? ''));
    await page.goto(`${world.agent.url}/#token=${world.agent.token}`);
    await page.waitForSelector('[data-record-state="idle"]', { timeout: 20_000 });
    // What the page loads while it has nothing else to do is there.
    await page.waitForLoadState('networkidle');
  });
  afterEach(() => page?.close());

  /** The agent is killed, and somebody takes its port at once. */
  async function squat(): Promise<Squatter> {
    await world.agent.kill();
    const squatter = await Squatter.at(Number(new URL(world.agent.url).port));
    onTestFinished(async () => {
      await squatter.close();
      await world.agent.start();
    });
    return squatter;
  }

  const snapshot = '{"type":"snapshot","timestamp":"","data":{"obs":{},"sessions":[],"settings":{"values":{}}}}';
  const challenge = (proof: string): string =>
    JSON.stringify({ type: 'challenge', data: { nonce: 'A'.repeat(44), proof, page: '' } });

  test.each<[string, (message: string) => string[]]>([
    ['says nothing', () => []],
    ['says what an agent says', () => [snapshot]],
    ['guesses a proof', () => [challenge('A'.repeat(44)), snapshot]],
    ['gives the nonce back', (message) => [challenge(JSON.parse(message).nonce ?? ''), snapshot]],
    ['sends nonsense', () => ['{', 'null', '{"type":"challenge"}', '{"type":"challenge","data":[]}']],
  ])('hears no token, key or password, and no request: one that %s', async (_, answer) => {
    const squatter = await squat();
    squatter.answer = answer;
    // A person goes on to use the page meanwhile.
    await until('the dock has knocked again', async () => {
      await page
        .fill('[data-testid="session-name"]', `Name ${squatter.messages.length}`, { timeout: 1000 })
        .catch(() => undefined);
      return squatter.messages.length >= 2;
    });
    const used = keys.filter((key) => key.startsWith('Bearer ')).map((key) => key.slice('Bearer '.length));
    expect(used.length).toBeGreaterThan(0);
    for (const secret of [world.agent.token, obsPassword, ...used]) {
      expect(squatter.heard.filter((each) => each.includes(secret))).toEqual([]);
    }
    for (const message of squatter.messages) {
      expect(Object.keys(JSON.parse(message)).sort()).toEqual(['language', 'nonce', 'origin', 'type']);
    }
    expect(squatter.requests).toEqual([]);
  });

  test('is named where it answers, and the dock goes on once the agent is back', async () => {
    const squatter = await squat();
    squatter.answer = () => [challenge('A'.repeat(44))];
    await page.waitForSelector('[data-code="unauthorized"]', { timeout: 20_000 });
    await squatter.close();
    await world.agent.start();
    await page.waitForSelector('[data-testid="agent-banner"], [data-code="unauthorized"]', {
      state: 'detached',
      timeout: 20_000,
    });
    await world.agent.kill();
  });

  test.each(['SettingsView', 'fr'])('gets no script into the page where %s is asked for as it comes', async (part) => {
    const other = await browser.newPage({ viewport: { width: 300, height: 800 }, locale: 'en' });
    onTestFinished(() => other.close());
    const asked: string[] = [];
    await other.route(new RegExp(`/assets/${part}-`), (route) => {
      asked.push(route.request().url());
      return route.fulfill({
        contentType: 'text/javascript',
        body: 'globalThis.stranger = true; export const css = "", fr = {};',
      });
    });
    await other.goto(`${world.agent.url}/#token=${world.agent.token}`);
    await other.waitForSelector('[data-record-state="idle"]', { timeout: 20_000 });
    await other.waitForLoadState('networkidle');
    if (part === 'fr') {
      const api = new Api(world.agent.url, world.agent.token);
      await api.call('PUT', '/api/settings', { language: 'fr' });
      onTestFinished(() => api.call('PUT', '/api/settings', { language: 'auto' }).then(() => undefined));
      await until('it is asked for', async () => asked.length > 0);
      await other.waitForLoadState('networkidle');
    }
    expect(asked).not.toEqual([]);
    expect(await other.evaluate(() => 'stranger' in globalThis)).toBe(false);
    expect(await other.getAttribute('html', 'lang')).toBe('en');
  });

  test('learns nothing from a key of an earlier run: it ends with its page’s live channel', async () => {
    const key = keys.find((each) => each.startsWith('Bearer ')) ?? '';
    const ask = async (): Promise<number> =>
      (await fetch(`${world.agent.url}/api/settings`, { headers: { authorization: key } })).status;
    expect(key).not.toContain(world.agent.token);
    expect(await ask()).toBe(200);
    await page.close();
    await until('the key has ended', async () => (await ask()) === 401);
  });

  test('has nothing to read in the address bar, and the page can be loaded again', async () => {
    expect(page.url()).toBe(`${world.agent.url}/`);
    await page.reload();
    await page.waitForSelector('[data-record-state="idle"]', { timeout: 20_000 });
  });

  test('another address that is typed over the page’s is loaded', async () => {
    await page.goto(`${world.agent.url}/#token=${'A'.repeat(43)}`);
    await page.waitForSelector('[data-code="unauthorized"]', { timeout: 20_000 });
    await page.goto(`${world.agent.url}/#token=${world.agent.token}`);
    await page.waitForSelector('[data-record-state="idle"]', { timeout: 20_000 });
  });

  test('OBS’s docks keep the address that OBS loads them with', async () => {
    const dock = await browser.newPage();
    onTestFinished(() => dock.close());
    await dock.addInitScript('window.obsstudio = {}');
    await dock.goto(`${world.agent.url}/#token=${world.agent.token}`);
    await dock.waitForSelector('[data-record-state="idle"]', { timeout: 20_000 });
    expect(dock.url()).toBe(`${world.agent.url}/#token=${world.agent.token}`);
  });

  test('a key for one processing server goes to no other one', async () => {
    const seen: (string | undefined)[] = [];
    const stranger = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end('{}');
    });
    const port = await listen(stranger);
    onTestFinished(() => {
      stranger.closeAllConnections();
      stranger.close();
    });
    const own = await World.start({ obs: 'simulated', processingUrl: '' });
    onTestFinished(() => own.dispose());
    const change = (settings: object) => own.agent.api.call('PUT', '/api/settings', settings);
    const server = own.agent.url.replace(/\d+$/, String(await freePort()));
    expect(await change({ processingUrl: server, processingApiKey: 'key-of-the-server' })).toMatchObject({
      status: 200,
    });
    expect(await change({ processingUrl: `http://127.0.0.1:${port}` })).toMatchObject({
      status: 200,
      body: { secrets: { processingApiKey: false } },
    });
    await own.agent.api.call('POST', '/api/destinations/processing/test');
    await until('it was asked', () => seen.length > 0);
    expect(new Set(seen)).toEqual(new Set([undefined]));
  });
});

describe('beside npm start', () => {
  let folder: string;
  let dataDir: string;
  let obsPort: number;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'streamai-squatter-'));
    dataDir = path.join(folder, 'data');
    obsPort = await freePort();
    onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  });

  function command(name: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Command {
    const given = {
      STREAMAI_DATA_DIR: dataDir,
      AGENT_PORT: '0',
      OBS_HOST: '127.0.0.1',
      OBS_PORT: String(obsPort),
      ...env,
    };
    const started = new Command(name, args, given);
    onTestFinished(() => started.dispose());
    return started;
  }
  async function ready(started: Command): Promise<{ url: string; token: string; api: Api }> {
    const [, url = '', token = ''] = await started.says(/(http:\/\/\S+)\/#token=(\S+)/);
    return { url, token, api: new Api(url, token) };
  }

  test('who takes the port of a receiver that has died gets no key and no recording, and the upload arrives', async () => {
    const obs = await startSimulatedObs({
      recordingsDir: path.join(folder, 'recordings'),
      port: obsPort,
      password: 'right',
    });
    onTestFinished(() => obs.dispose());
    const started = command('start', [], { OBS_PASSWORD: 'right' });
    const { api } = await ready(started);
    await started.says(/✓ OBS/);
    const log = await readFile(path.join(dataDir, 'agent.log'), 'utf8');
    const [, port = '', pid = ''] = /listens on http:\/\/127\.0\.0\.1:(\d+), pid (\d+)/.exec(log) ?? [];
    const { id } = await api.start({ sessionName: 'Squatted' });
    process.kill(Number(pid), 'SIGKILL');
    const squatter = await until('the port is free', () => Squatter.at(Number(port)).catch(() => null), { everyMs: 5 });
    onTestFinished(() => squatter.close());
    await api.command('stop');
    const session = await until('the recording has arrived', async () => {
      const found = await api.session(id);
      return found.recordings[0]?.uploads[0]?.state === 'completed' && found;
    });
    expect(squatter.heard).toEqual([]);
    const [stored, ...others] = await receivedFiles(path.join(dataDir, 'received'));
    expect(others).toEqual([]);
    expect(stored?.sha256).toBe(await sha256Of(session.recordings[0]?.path ?? ''));
  });

  test('npm run token -- --new ends the old token at once, for scripts and for open live channels', async () => {
    const AGENT_PORT = String(await freePort());
    const started = command('start', [], { AGENT_PORT });
    const { url, token, api } = await ready(started);
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`);
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'hello', token }));
    await once(socket, 'message');
    const closed = once(socket, 'close');
    // Nobody has to say again at which port it listens.
    const renewed = await command('token', ['--new']).ended();
    expect(renewed).toMatchObject({ code: 0, stderr: '' });
    const [, fresh = ''] = /#token=(\S+)/.exec(renewed.stdout) ?? [];
    expect(fresh).not.toBe(token);
    expect((await closed)[0]).toBe(4401);
    expect(await api.call('GET', '/api/settings')).toMatchObject({ status: 401 });
    expect(await new Api(url, fresh).call('GET', '/api/settings')).toMatchObject({ status: 200 });
    const page = pathToFileURL(
      path.join(dataDir, 'dock', `${await readFile(path.join(dataDir, 'dock-page'), 'utf8')}.html`),
    );
    expect((await command('token').ended()).stdout).toBe(
      `OBS, Docks → Custom Browser Docks…: ${page}\nBrowser: ${url}/#token=${fresh}\n`,
    );
  });

  test('npm run token -- --new tells a stranger on the agent’s port nothing, and makes a new token all the same', async () => {
    const squatter = await Squatter.at(0);
    onTestFinished(() => squatter.close());
    const AGENT_PORT = String(squatter.port);
    const before = (await command('token', [], { AGENT_PORT }).ended()).stdout;
    const after = (await command('token', ['--new'], { AGENT_PORT }).ended()).stdout;
    const tokens = [before, after].map((text) => /#token=(\S+)/.exec(text)?.[1] ?? '');
    expect(new Set(tokens).size).toBe(2);
    expect(squatter.requests).toEqual([]);
    for (const token of tokens) expect(squatter.heard.filter((each) => each.includes(token))).toEqual([]);
  });

  test('npm run token -- --new changes nothing where an agent has the folder that cannot be asked', async () => {
    const { token } = await ready(command('start'));
    // Where it is, it says itself; without that it is only looked for at its usual port.
    await rm(path.join(dataDir, 'address'));
    const { code, stderr } = await command('token', ['--new'], { AGENT_PORT: String(await freePort()) }).ended();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Another StreamAI/);
    expect(await readFile(path.join(dataDir, 'token'), 'utf8')).toBe(token);
  });

  test.skipIf(process.platform === 'win32')('a data folder with wide modes is made its user’s alone', async () => {
    await mkdir(dataDir);
    await chmod(dataDir, 0o777);
    await writeFile(path.join(dataDir, 'streamai.db'), '');
    await chmod(path.join(dataDir, 'streamai.db'), 0o666);
    await ready(command('start'));
    const mode = async (name: string): Promise<number> => (await stat(path.join(dataDir, name))).mode & 0o777;
    expect(await mode('')).toBe(0o700);
    for (const name of ['streamai.db', 'streamai.db-wal', 'token', 'agent.log', 'address'])
      expect(await mode(name), name).toBe(0o600);
  });

  test.skipIf(process.platform === 'win32').each(['streamai.db', 'token', 'agent.log', 'address'])(
    'a data folder in which %s leads elsewhere is refused, and nothing is written there',
    async (name) => {
      await mkdir(dataDir);
      const target = path.join(folder, 'theirs');
      await writeFile(target, 'theirs');
      await symlink(target, path.join(dataDir, name));
      const { code, stderr } = await command('start').ended();
      expect(code).toBe(1);
      expect(stderr).toMatch(/cannot be used: .*link/);
      expect(await readFile(target, 'utf8')).toBe('theirs');
    },
  );

  test('who lets other machines in is told that the token travels in clear', async () => {
    const started = command('start', [], { AGENT_HOST: '0.0.0.0', STREAMAI_ALLOW_REMOTE: 'true' });
    await ready(started);
    started.kill('SIGTERM');
    expect((await started.ended()).stderr).toMatch(
      /^! Other machines can reach StreamAI at 0\.0\.0\.0: the token and the names of recordings/,
    );
  });
});
