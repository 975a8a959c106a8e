/**
 * What people install on Windows, from nothing and without a press: the installer, the start with Windows, a recording, an update over it
 * in mid-upload, the uninstaller. `npm test` builds the installer and names it in STREAMAI_SETUP_EXE.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Api } from '../../rig/agent-api.ts';
import { bareEnvironment } from '../../rig/agent-process.ts';
import { startFaultyReceiver } from '../../rig/faulty-receiver/faulty.ts';
import { freePort } from '../../rig/free-port.ts';
import { sha256Of } from '../../rig/sha256.ts';
import { startSimulatedObs } from '../../rig/simulated-obs.ts';
import { until } from '../../rig/until.ts';
import { temporaryFolder } from '../simulated-world-fixture.ts';
import { receivedFiles } from '../world-fixture.ts';

const setup = process.env.STREAMAI_SETUP_EXE ?? '';
const local = process.env.LOCALAPPDATA ?? '';
const installed = path.join(local, 'Programs', 'StreamAI');
const data = path.join(local, 'StreamAI');
const patience = { ms: 90_000 };

/** What OBS 32 has kept since it ran last; Windows' OBS writes a mark and ends of lines of its own. */
const obsFolder = path.join(process.env.APPDATA ?? '', 'obs-studio');
const obsFiles: Readonly<Record<string, string>> = {
  'global.ini': '\uFEFF[General]\r\nLastVersion=536870912\r\nPre31Migrated=true\r\n',
  'user.ini': '\uFEFF[General]\r\nFirstRun=true\r\n',
};
const inObs = (name: string): Promise<string> => readFile(path.join(obsFolder, name), 'utf8');
const websocketFile = 'plugin_config/obs-websocket/config.json';

/** A value of the user's registry; null: it is not there. */
async function registered(key: string, value: string): Promise<string | null> {
  const query = ['query', `HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\${key}`, '/v', value];
  const said = await promisify(execFile)('reg.exe', query).catch(() => null);
  return said === null ? null : (/REG_SZ {4}(.+)/.exec(said.stdout)?.[1] ?? null);
}

async function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number | null> {
  const child = spawn(program, args, { env, stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

describe.skipIf(setup === '')('installed by its installer', () => {
  test('it starts with Windows, records, is updated in mid-upload, and leaves what was recorded', {
    timeout: 400_000,
  }, async () => {
    const folder = await temporaryFolder('installed');
    const obs = await startSimulatedObs({ recordingsDir: path.join(folder, 'Vidéos'), kbps: 8000 });
    onTestFinished(() => obs.dispose());
    const receiver = await startFaultyReceiver({ dir: path.join(folder, 'received'), port: await freePort() });
    onTestFinished(() => receiver.close());
    const port = await freePort();
    const env = {
      ...bareEnvironment(),
      ...{ OBS_HOST: obs.host, OBS_PORT: String(obs.port), OBS_PASSWORD: obs.password },
      ...{ AGENT_PORT: String(port), VULTR_API_URL: receiver.url },
    };
    const url = `http://127.0.0.1:${port}`;
    const answers = (): Promise<boolean> =>
      fetch(`${url}/api/health`).then(
        ({ ok }) => ok,
        () => false,
      );
    const running = async (): Promise<Api> => {
      await until('it answers', answers, patience);
      return new Api(url, (await readFile(path.join(data, 'token'), 'utf8')).trim());
    };
    const gone = (): Promise<true> => until('it has ended', async () => !(await answers()), patience);

    await mkdir(obsFolder);
    for (const [name, text] of Object.entries(obsFiles)) await writeFile(path.join(obsFolder, name), text);
    expect(await run(setup, ['/S'], env)).toBe(0);
    const first = await running();
    expect(await inObs('user.ini')).toMatch(/ExtraBrowserDocks=.*StreamAI/);
    expect(JSON.parse(await inObs(websocketFile))).toMatchObject({ server_enabled: true });
    const command = await registered('Run', 'StreamAI');
    expect(command).toContain(path.join(installed, 'StreamAI.exe'));

    // The next login.
    expect((await first.call('POST', '/api/shutdown')).status).toBe(202);
    await gone();
    const [, program = '', args = ''] = /^"([^"]+)" ?(.*)$/.exec(command ?? '') ?? [];
    expect(await run(program, args.split(' ').filter(Boolean), env)).toBe(0);
    const second = await running();
    await until('OBS is there', async () => (await second.status()).obs.state === 'connected', patience);

    receiver.plan({ upload: { kind: 'slow', bytesPerSecond: 50_000 } });
    const { id } = await second.start({ sessionName: 'Leçon 2 — 🎬' });
    await until('OBS wrote', async () => (await second.recordingStatus()).bytes > 1_000_000, patience);
    await second.command('stop');
    const uploadsOf = async (api: Api) => (await api.session(id)).recordings.flatMap(({ uploads }) => uploads);
    await until(
      'it is on its way',
      async () => (await uploadsOf(second)).some(({ bytesSent }) => bytesSent > 0),
      patience,
    );

    receiver.plan({});
    expect(await run(setup, ['/S'], env)).toBe(0);
    const third = await running();
    await until(
      'it has arrived',
      async () => (await uploadsOf(third)).some(({ state }) => state === 'completed'),
      patience,
    );
    const [recording] = (await third.session(id)).recordings;
    const file = recording?.path ?? '';
    const arrived = await receivedFiles(receiver.dir);
    expect(arrived.map(({ sha256 }) => sha256)).toEqual([await sha256Of(file)]);

    expect(await run(path.join(installed, 'Uninstall.exe'), ['/S'], env)).toBe(0);
    // It goes on in a copy of itself.
    await until('nothing of it is installed', async () => !existsSync(installed), patience);
    await gone();
    expect(await registered('Run', 'StreamAI')).toBeNull();
    expect(await registered('Uninstall\\StreamAI', 'DisplayName')).toBeNull();
    for (const [name, text] of Object.entries(obsFiles)) expect(await inObs(name)).toBe(text);
    expect(existsSync(path.join(obsFolder, websocketFile))).toBe(false);
    expect(existsSync(path.join(data, 'streamai.db'))).toBe(true);
    expect(existsSync(file)).toBe(true);
  });
});
