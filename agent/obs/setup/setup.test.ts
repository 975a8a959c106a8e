import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { discoverWebsocket } from '../discovery.ts';
import { snapshotOf, wantedDock } from './configurations-fixture.ts';
import { dockAddress } from './dock-address.ts';
import { dockUuid } from './dock-list.ts';
import { describeDockState } from './dock-state.ts';
import { iniValues, updateIni } from './ini-text.ts';
import { setupFolder } from './record.ts';
import { setupWorld } from './world-fixture.ts';

const obs29 = { major: 29, minor: 0, patch: 2 };
const obs32 = { major: 32, minor: 2, patch: 2 };
const later = dockAddress('http://127.0.0.1:6000', 'another-token');

const listOf = async (file: string): Promise<string | null | undefined> =>
  iniValues(await readFile(file), 'BasicWindow', 'ExtraBrowserDocks')[0];
/** As OBS does at its end: sections and names in its own manner. */
async function asObsEnds(file: string): Promise<void> {
  const text = (await readFile(file, 'utf8')).replaceAll('\r\n', '\n').replace(/^\uFEFF/, '');
  await writeFile(
    file,
    updateIni(Buffer.from(text), 'BasicWindow', 'geometry', () => 'AdnQywADAAEnew'),
  );
}

describe('a second setup', () => {
  test('with another address: one undo takes both back, byte for byte', async () => {
    const { obs, setup, found, place, now } = await setupWorld(obs32);
    const before = await snapshotOf(place);
    await setup.apply(found);
    now.dock = later;
    expect((await setup.apply(found)).map(({ code }) => code)).toEqual(['setup_dock_address']);
    expect(JSON.parse((await listOf(obs.dockFile)) ?? '')).toMatchObject([{ url: later.url, uuid: dockUuid }]);
    await setup.undo(found);
    expect(await snapshotOf(place)).toEqual(before);
  });

  test('after OBS wrote its file: the undo gives OBS’s file without ours', async () => {
    const { obs, setup, found, now } = await setupWorld(obs32);
    const placesBefore = iniValues(await readFile(obs.dockFile), 'BasicWindow', 'DockState');
    await setup.apply(found);
    await asObsEnds(obs.dockFile);
    const withOurs = await readFile(obs.dockFile, 'utf8');
    now.dock = later;
    await setup.apply(found);
    await setup.undo(found);
    const left = await readFile(obs.dockFile, 'utf8');
    const others = (text: string): string[] =>
      text.split('\n').filter((line) => !/^(ExtraBrowserDocks|DockState)=/.test(line));
    expect(others(left)).toEqual(others(withOurs));
    expect(iniValues(Buffer.from(left), 'BasicWindow', 'DockState')).toEqual(placesBefore);
    expect(left).toContain('geometry=AdnQywADAAEnew');
    expect(left).not.toContain('StreamAI');
  });

  test('after the dock was closed for good in OBS: it is there again', async () => {
    const { obs, setup, found } = await setupWorld(obs32);
    await setup.apply(found);
    await writeFile(
      obs.dockFile,
      updateIni(await readFile(obs.dockFile), 'BasicWindow', 'ExtraBrowserDocks', () => '[]'),
    );
    expect((await setup.apply(found)).map(({ code }) => code)).toEqual(['setup_dock_added']);
    expect(await listOf(obs.dockFile)).toContain(wantedDock.url);
  });
});

describe('an undo', () => {
  test('where OBS was updated meanwhile: ours goes from where OBS took it', async () => {
    const { obs, setup, found } = await setupWorld(obs29);
    await setup.apply(found);
    // OBS 31 copies global.ini to user.ini, obs-websocket moves its settings.
    const user = path.join(obs.root, 'user.ini');
    await writeFile(user, await readFile(obs.dockFile));
    const json = path.join(obs.root, 'plugin_config', 'obs-websocket', 'config.json');
    await mkdir(path.dirname(json), { recursive: true });
    await writeFile(json, '{"server_enabled":true,"server_password":"as-OBS-made-it"}');
    await setup.undo(found);
    for (const file of [user, obs.dockFile]) expect(await readFile(file, 'utf8')).not.toContain('StreamAI');
    expect(await readFile(json, 'utf8')).toBe('{"server_enabled":false,"server_password":"as-OBS-made-it"}');
  });

  test('without what setup kept: our dock is known by its uuid, and its place goes with it', async () => {
    const { obs, setup, found, dataDir } = await setupWorld(obs32);
    await setup.apply(found);
    await rm(path.join(dataDir, setupFolder), { recursive: true });
    expect((await setup.undo(found)).map(({ code }) => code)).toEqual(['setup_undo_takes_out']);
    expect(await readFile(obs.dockFile, 'utf8')).not.toContain('StreamAI');
  });

  test('without any setup: nothing is done', async () => {
    const { setup, found, place } = await setupWorld(obs32);
    const before = await snapshotOf(place);
    expect(await setup.undo(found)).toEqual([]);
    expect(await snapshotOf(place)).toEqual(before);
  });

  test('while OBS runs: refused, and nothing is changed', async () => {
    const { setup, found, place, now } = await setupWorld(obs32);
    await setup.apply(found);
    const before = await snapshotOf(place);
    now.running = true;
    await expect(setup.undo(found)).rejects.toMatchObject({ code: 'setup_obs_running' });
    expect(await snapshotOf(place)).toEqual(before);
  });

  test('of a person’s own dock: its former address comes back, and what the person changed stays', async () => {
    const { obs, setup, found } = await setupWorld(obs32, {
      prepare: async ({ dockFile }) => {
        const list = '[{"title": "Rec", "url": "http://localhost:5010/#token=old", "uuid": "01"}]';
        await writeFile(
          dockFile,
          updateIni(await readFile(dockFile), 'BasicWindow', 'ExtraBrowserDocks', () => list),
        );
      },
    });
    await setup.apply(found);
    await writeFile(obs.dockFile, (await readFile(obs.dockFile, 'utf8')).replace('"Rec"', '"Recorder"'));
    await setup.undo(found);
    expect(await listOf(obs.dockFile)).toBe(
      '[{"title": "Recorder", "url": "http://localhost:5010/#token=old", "uuid": "01"}]',
    );
  });
});

test('the password that is made is the one that StreamAI finds', async () => {
  const { obs, setup, found } = await setupWorld(obs32, { prepare: ({ websocketFile }) => rm(websocketFile) });
  await setup.apply(found);
  expect(await discoverWebsocket([obs.root])).toMatchObject({ enabled: true, port: 4455, password: 'a-new-one' });
});

test('an OBS that was never started gets the docks that it would have made, and ours', async () => {
  const { obs, setup, found } = await setupWorld(obs32, {
    prepare: async ({ root }) => await rm(root, { recursive: true }),
  });
  await setup.apply({ ...found, version: obs32 });
  const [state] = iniValues(await readFile(obs.dockFile), 'BasicWindow', 'DockState');
  expect(describeDockState(state ?? '')).toMatchObject({ rightWidth: 340 });
  expect(describeDockState(state ?? '')?.names).toEqual(
    expect.arrayContaining(['scenesDock', 'controlsDock', 'StreamAI_extraBrowser']),
  );
  await setup.undo(found);
  await expect(stat(obs.root)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('one file that cannot be written: the other one is as before', async () => {
  const { obs, setup, found, place, dataDir } = await setupWorld(obs32);
  // Behind the first of the two.
  await chmod(obs.websocketFile, 0o444);
  const before = await snapshotOf(place);
  await expect(setup.apply(found)).rejects.toMatchObject({
    code: 'setup_file_read_only',
    params: { file: obs.websocketFile },
  });
  expect(await snapshotOf(place)).toEqual(before);
  expect(await snapshotOf(path.join(dataDir, setupFolder))).toEqual(new Map());
});

test('OBS that is started while everything is ready to be written: nothing is changed', async () => {
  const { setup, found, place, now } = await setupWorld(obs32);
  const before = await snapshotOf(place);
  let asked = 0;
  // Closed when it is asked first, running at the last look.
  Object.defineProperty(now, 'running', { get: () => asked++ > 0 });
  await expect(setup.apply(found)).rejects.toMatchObject({ code: 'setup_obs_running' });
  expect(await snapshotOf(place)).toEqual(before);
  expect(asked).toBe(2);
});

// Windows has no such bits.
test.skipIf(process.platform === 'win32')('what setup keeps is its user’s alone', async () => {
  const { setup, found, dataDir } = await setupWorld(obs32);
  await setup.apply(found);
  const kept = await snapshotOf(path.join(dataDir, setupFolder));
  expect(kept.size).toBeGreaterThan(2);
  for (const [name, entry] of kept) expect(`${name} ${entry}`).toMatch(/(file 600|folder 700)/);
});
