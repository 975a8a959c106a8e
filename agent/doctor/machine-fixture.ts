/** For tests: a machine on which all is well, with real files, servers and a simulated OBS, and what can be broken on it. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { freePort } from '../../scripts/rig/free-port.ts';
import { listen } from '../../scripts/rig/listen.ts';
import { S3 } from '../../scripts/rig/s3.ts';
import { type SimulatedObs, startSimulatedObs } from '../../scripts/rig/simulated-obs.ts';
import type { Language } from '../../shared/errors.ts';
import { prepareDataDir } from '../config/data-dir.ts';
import { readOrCreateToken } from '../config/token.ts';
import { dockUuid } from '../obs/setup/dock-list.ts';
import { findObs } from '../obs/setup/installations.ts';
import { missingPlugins } from '../obs/setup/plugins.ts';
import { openDatabase } from '../storage/database.ts';
import { startS3Store } from '../uploads/destinations/object-storage/s3/s3-store-fixture.ts';
import { waitingPlace } from '../waiting-page/place.ts';
import type { AgentAnswers, Autostart, DoctorWorld, Program } from './facts.ts';
import { thisWorld } from './this-machine.ts';

/** As OBS makes them. */
export const goodPassword = 'kQ3vZr8LwT1xNp6B';

export interface Machine {
  readonly home: string;
  readonly root: string;
  readonly dataDir: string;
  readonly recordings: string;
  /** OBS's configuration. */
  readonly obsRoot: string;
  readonly plugins: string;
  readonly obs: SimulatedObs;
  readonly port: number;
  readonly token: string;
  /** What may be changed before the look. */
  readonly now: {
    language: Language;
    agent: AgentAnswers;
    autostart: Autostart;
    program: Partial<Program>;
    runningObs: string[];
    env: Record<string, string>;
    at: () => number;
  };
  /** Lines of `.env`; later ones win. */
  readonly dotEnv: string[];
  world(): Promise<DoctorWorld>;
  /** Changes the database as a program that knows nothing of us would. */
  sql(text: string): void;
  writeWebsocket(values: Readonly<Record<string, unknown>>): Promise<void>;
  writeProfile(lines: readonly string[]): Promise<void>;
  writeDocks(docks: readonly { title: string; url: string; uuid: string }[], file?: string): Promise<void>;
}

/** All is well on it. Everything ends with the test. */
export async function machine(): Promise<Machine> {
  const home = await mkdtemp(path.join(tmpdir(), 'streamai-doctor-'));
  onTestFinished(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));
  const at = (...parts: string[]): string => path.join(home, ...parts);
  const [root, dataDir, recordings] = [at('program'), at('data'), at('recordings')];
  const [obsRoot, plugins] = [at('.config', 'obs-studio'), at('plugins')];
  for (const folder of [at('program', 'dock', 'dist'), recordings, obsRoot, plugins])
    await mkdir(folder, { recursive: true });
  await writeFile(at('program', 'dock', 'dist', 'index.html'), '<!doctype html>');
  for (const name of ['obs-ffmpeg.so', 'obs-websocket.so', 'obs-browser.so'])
    await writeFile(path.join(plugins, name), '');
  prepareDataDir(dataDir);
  const token = readOrCreateToken(dataDir);
  const database = path.join(dataDir, 'streamai.db');
  openDatabase(database).close();
  await chmod(database, 0o600);

  const obs = await startSimulatedObs({ recordingsDir: recordings, password: goodPassword });
  onTestFinished(() => obs.dispose());
  const port = await freePort();
  const health = await webServer((_, response) => response.end('{"status":"ok","accepts":["file"]}'));
  const store = await startS3Store();
  onTestFinished(() => store.close());
  const { url: endpoint, accessKey, secretKey } = store;
  await new S3(store).createBucket('recordings');

  const machine: Machine = {
    ...{ home, root, dataDir, recordings, obsRoot, plugins, obs, port, token },
    now: {
      language: 'en',
      agent: { url: `http://127.0.0.1:${port}`, version: '1.2.3' },
      autostart: { on: true, command: [process.execPath, 'start'], programExists: true },
      program: {},
      runningObs: [obsRoot],
      env: {},
      at: Date.now,
    },
    dotEnv: [
      `STREAMAI_DATA_DIR=${dataDir}`,
      `AGENT_PORT=${port}`,
      `VULTR_API_URL=${health}`,
      `VULTR_OBJECT_STORAGE_ENDPOINT=${endpoint}`,
      'VULTR_OBJECT_STORAGE_BUCKET=recordings',
      `VULTR_OBJECT_STORAGE_ACCESS_KEY=${accessKey}`,
      `VULTR_OBJECT_STORAGE_SECRET_KEY=${secretKey}`,
    ],
    async world() {
      const { now } = machine;
      const file = path.join(root, '.env');
      if (machine.dotEnv.length > 0) await writeFile(file, `${machine.dotEnv.join('\n')}\n`, { mode: 0o600 });
      const source = { env: now.env, platform: process.platform, home, root };
      const world = thisWorld({
        ...{ source, language: now.language, agent: null, startCommand: 'streamai start' },
        dockDir: path.join(root, 'dock', 'dist'),
        findAgent: async () => now.agent,
        autostart: async () => now.autostart,
      });
      return {
        ...world,
        program: { ...world.program, version: '1.2.3', ...now.program },
        findObs: () => findObs({ platform: 'linux', env: now.env, home, run: async () => null }),
        isObsRunning: async (folder) => now.runningObs.includes(folder),
        missingPlugins: () => missingPlugins([plugins]),
        now: () => now.at(),
      };
    },
    sql(text) {
      const open = openDatabase(database);
      open.exec(text);
      open.close();
    },
    async writeWebsocket(values) {
      const file = path.join(obsRoot, 'plugin_config', 'obs-websocket', 'config.json');
      const usual = { server_enabled: true, server_port: obs.port, auth_required: true, server_password: goodPassword };
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, JSON.stringify({ ...usual, ...values }));
    },
    async writeProfile(lines) {
      const folder = path.join(obsRoot, 'basic', 'profiles', 'Untitled');
      await mkdir(folder, { recursive: true });
      await writeFile(path.join(folder, 'basic.ini'), `[General]\nName=Untitled\n\n${lines.join('\n')}\n`);
    },
    async writeDocks(docks, name = 'user.ini') {
      const list = docks.length === 0 ? '' : `ExtraBrowserDocks=${JSON.stringify(docks)}\n`;
      await writeFile(path.join(obsRoot, name), `[BasicWindow]\n${list}\n[Basic]\nProfile=Untitled\n`);
    },
  };
  await writeFile(path.join(obsRoot, 'global.ini'), `[General]\nLastVersion=${(32 << 24) | (2 << 16)}\n`);
  await machine.writeDocks([ourDock(machine)]);
  await machine.writeWebsocket({});
  await machine.writeProfile(simple(recordings));
  return machine;
}

export const ourDock = ({ dataDir }: Pick<Machine, 'dataDir'>) => ({
  title: 'StreamAI',
  url: waitingPlace(dataDir).address,
  uuid: dockUuid,
});

/** A profile in simple mode. */
export const simple = (folder: string, ...more: readonly string[]): string[] => [
  '[Output]',
  'Mode=Simple',
  '[SimpleOutput]',
  `FilePath=${folder}`,
  'RecFormat2=mkv',
  'RecQuality=Small',
  ...more,
];

/** Ends with the test. @returns where it is */
export async function webServer(answer: RequestListener, port?: number): Promise<string> {
  const server: Server = createServer(answer);
  const taken = await listen(server, port);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${taken}`;
}
