import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StreamAIError } from '../../../shared/errors.ts';
import { parseWebsocketIni, parseWebsocketJson } from '../discovery.ts';
import { parseIni } from '../ini.ts';
import {
  configurations,
  foundObs,
  type Prepared,
  snapshotOf,
  wantedDock,
  writeOrdinary,
} from './configurations-fixture.ts';
import { iniValues } from './ini-text.ts';
import type { FoundObs } from './installations.ts';
import { setupFolder } from './record.ts';
import { ObsSetup } from './setup.ts';
import { targetsOf } from './targets.ts';
import { type ObsVersion, versionOfConfig, versionText } from './version.ts';

const versions: ObsVersion[] = [
  { major: 28, minor: 1, patch: 2 },
  { major: 29, minor: 0, patch: 2 },
  { major: 30, minor: 1, patch: 2 },
  { major: 30, minor: 2, patch: 3 },
  { major: 31, minor: 1, patch: 2 },
  { major: 32, minor: 2, patch: 2 },
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'streamai-setup-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let running = false;
let number = 0;
interface World {
  readonly obs: Prepared;
  readonly found: FoundObs;
  readonly setup: ObsSetup;
  readonly place: string;
  readonly dataDir: string;
}

async function worldOf(
  version: ObsVersion,
  prepare: (obs: Prepared) => Promise<void>,
  isPortable = false,
): Promise<World> {
  const place = path.join(folder, String(number++));
  const root = path.join(place, isPortable ? 'OBS/config/obs-studio' : 'config/obs-studio');
  const obs = await writeOrdinary(root, version);
  await prepare(obs);
  running = false;
  const dataDir = path.join(folder, `${number}-data`);
  const setup = new ObsSetup({
    dataDir,
    dock: () => wantedDock,
    isRunning: async () => running,
    newPassword: () => 'a-new-one',
  });
  return { obs, found: foundObs(obs, (await versionOfConfig(root)).version, isPortable), setup, place, dataDir };
}

const codeOf = (action: Promise<unknown>): Promise<unknown> =>
  action.then(
    () => 'done',
    (error: unknown) => (error instanceof StreamAIError ? error.code : error),
  );

/** What the OBS of this version would find in its files. */
async function asObsReads({
  found,
}: World): Promise<{ docks: { title: string; url: string; uuid: string }[][]; server: unknown }> {
  const targets = await targetsOf(found);
  const lists = iniValues(await readFile(targets.dock), 'BasicWindow', 'ExtraBrowserDocks');
  const text = await readFile(targets.websocket, 'utf8');
  const server = targets.websocket.endsWith('.json') ? parseWebsocketJson(text) : parseWebsocketIni(text);
  return { docks: lists.map((list) => JSON.parse(list ?? '[]')), server };
}

describe.each(versions.map((version) => [versionText(version), version] as const))('OBS %s', (_, version) => {
  const here = configurations.filter(({ where }) => where?.(version) ?? true);
  test.each(here.map((configuration) => [configuration.name, configuration] as const))(
    '%s',
    async (_name, configuration) => {
      const world = await worldOf(version, configuration.prepare, configuration.portable);
      const before = await snapshotOf(world.place);
      running = configuration.running ?? false;

      if (configuration.refused) {
        expect(await codeOf(world.setup.apply(world.found))).toBe(configuration.refused);
        expect(await snapshotOf(world.place)).toEqual(before);
        expect(existsSync(path.join(world.dataDir, setupFolder)) && (await snapshotOf(world.dataDir)).size > 1).toBe(
          false,
        );
        return;
      }
      const done = await world.setup.apply(world.found);
      expect(done.length > 0).toBe(configuration.complete !== true);
      const { docks, server } = await asObsReads(world);
      expect(server).toMatchObject({ enabled: true });
      expect(docks.length).toBeGreaterThan(0);
      for (const list of docks) expect(list.filter(({ url }) => url === wantedDock.url)).toHaveLength(1);
      expect(await world.setup.apply(world.found)).toEqual([]);

      // What setup did not put there is not its to take away.
      if (configuration.complete) return;
      const undone = await world.setup.undo(world.found);
      expect(undone.every(({ code }) => code === 'setup_undo_restores' || code === 'setup_undo_removes')).toBe(true);
      expect(await snapshotOf(world.place)).toEqual(before);
      expect(await snapshotOf(path.join(world.dataDir, setupFolder))).toEqual(new Map());
    },
  );
});
