import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { StreamAIError } from '../../../shared/errors.ts';
import { parseWebsocketIni, parseWebsocketJson } from '../discovery.ts';
import { type Configuration, configurations, snapshotOf, wantedDock } from './configurations-fixture.ts';
import { iniValues } from './ini-text.ts';
import { setupFolder } from './record.ts';
import { targetsOf } from './targets.ts';
import { type ObsVersion, versionText } from './version.ts';
import { type SetupWorld, setupWorld } from './world-fixture.ts';

const versions: ObsVersion[] = [
  { major: 28, minor: 1, patch: 2 },
  { major: 29, minor: 0, patch: 2 },
  { major: 30, minor: 1, patch: 2 },
  { major: 30, minor: 2, patch: 3 },
  { major: 31, minor: 1, patch: 2 },
  { major: 32, minor: 2, patch: 2 },
];
const those = (version: ObsVersion, which: (one: Configuration) => boolean) =>
  configurations.filter((one) => (one.where?.(version) ?? true) && which(one)).map((one) => [one.name, one] as const);

describe.each(versions.map((version) => [versionText(version), version] as const))('OBS %s', (_, version) => {
  test.each(those(version, ({ refused }) => refused === undefined))(
    '%s: set up, and byte-identical after the undo',
    async (_name, one) => {
      const world = await worldOf(version, one);
      const before = await snapshotOf(world.place);
      const done = await world.setup.apply(world.found);
      expect(done.length > 0).toBe(one.complete !== true);
      const { docks, server } = await asObsReads(world);
      expect(server).toMatchObject({ enabled: true });
      expect(docks.length).toBeGreaterThan(0);
      for (const list of docks) expect(list.filter(({ url }) => url === wantedDock.url)).toHaveLength(1);
      expect(await world.setup.apply(world.found)).toEqual([]);
      // What setup did not write is not its own to take away.
      if (one.complete) return expect(await snapshotOf(world.place)).toEqual(before);

      const undone = await world.setup.undo(world.found);
      expect(undone.every(({ code }) => code === 'setup_undo_restores' || code === 'setup_undo_removes')).toBe(true);
      expect(await snapshotOf(world.place)).toEqual(before);
      expect(await snapshotOf(path.join(world.dataDir, setupFolder))).toEqual(new Map());
    },
  );

  test.each(those(version, ({ refused }) => refused !== undefined))(
    '%s: refused, and nothing is changed',
    async (_name, one) => {
      const world = await worldOf(version, one);
      const before = await snapshotOf(world.place);
      expect(await codeOf(world.setup.apply(world.found))).toBe(one.refused);
      expect(await snapshotOf(world.place)).toEqual(before);
      expect(await snapshotOf(path.join(world.dataDir, setupFolder))).toEqual(new Map());
    },
  );
});

// One for each way of keeping docks and server.
describe.each(
  versions
    .filter(({ major, minor }) => `${major}.${minor}` === '29.0' || `${major}.${minor}` === '30.2' || major === 32)
    .map((version) => [versionText(version), version] as const),
)('OBS %s, after changes', (_, version) => {
  test.each(those(version, ({ refused, complete }) => refused === undefined && !complete))(
    '%s: what was changed since stays, and ours goes',
    async (_name, one) => {
      const world = await worldOf(version, one);
      const { dock, websocket } = await targetsOf(world.found);
      const [dockBefore, serverBefore] = [await linesOf(dock), await serverOf(websocket)];
      await world.setup.apply(world.found);
      await writeFile(dock, Buffer.concat([await readFile(dock), Buffer.from('\n[Mine]\nSince=1\n')]));
      if (websocket.endsWith('.json')) await addMember(websocket);

      await world.setup.undo(world.found);
      // OBS rewrites the docks' places at each end; the places of the others stay.
      const isPlace = (line: string): boolean =>
        /^(DockState|ServerEnabled|AuthRequired|ServerPassword)=|^\[OBSWebSocket\]|^\[BasicWindow\]/.test(line);
      const kept = dockBefore.filter((line) => !isPlace(line));
      expect((await linesOf(dock)).filter((line) => !isPlace(line))).toEqual(
        [...kept, '[Mine]', 'Since=1'].filter((line) => line !== ''),
      );
      const { enabled = false, ...rest } = serverBefore ?? {};
      const serverAfter = await serverOf(websocket);
      expect(serverAfter?.enabled ?? false).toBe(enabled);
      expect(serverAfter).toMatchObject(rest);
    },
  );
});

const worldOf = async (
  version: ObsVersion,
  { prepare, portable = false, running = false }: Configuration,
): Promise<SetupWorld> => {
  const world = await setupWorld(version, { prepare, isPortable: portable });
  world.now.running = running;
  return world;
};

const codeOf = (action: Promise<unknown>): Promise<unknown> =>
  action.then(
    () => 'done',
    (error: unknown) => (error instanceof StreamAIError ? error.code : error),
  );

interface Server {
  readonly enabled: boolean;
  readonly port: number;
}

/** What the OBS of this version would find in its files. */
async function asObsReads({
  found,
}: SetupWorld): Promise<{ docks: { title: string; url: string }[][]; server: Server | null }> {
  const { dock, websocket } = await targetsOf(found);
  const lists = iniValues(await readFile(dock), 'BasicWindow', 'ExtraBrowserDocks');
  return { docks: lists.map((list) => JSON.parse(list ?? '[]')), server: await serverOf(websocket) };
}

async function serverOf(file: string): Promise<Server | null> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const found = file.endsWith('.json') ? parseWebsocketJson(text) : parseWebsocketIni(text);
  return found && { enabled: found.enabled, port: found.port };
}

/** Those that say something. */
async function linesOf(file: string): Promise<string[]> {
  const bytes = await readFile(file).catch(() => Buffer.alloc(0));
  return bytes
    .toString('latin1')
    .split(/\r\n|\r|\n/)
    .filter((line) => line.trim() !== '');
}

async function addMember(file: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(/\}\s*$/, ', "since": true}'));
}
