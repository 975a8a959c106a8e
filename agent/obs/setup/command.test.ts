import { expect, test } from 'vitest';
import type { Language } from '../../../shared/errors.ts';
import { isFailed, type SetupCommandOptions, setupCommand } from './command.ts';
import { snapshotOf } from './configurations-fixture.ts';
import { type SetupWorld, setupWorld } from './world-fixture.ts';

const obs32 = { major: 32, minor: 2, patch: 2 };

async function run(
  world: SetupWorld,
  options: SetupCommandOptions,
  language: Language = 'en',
  onSaid: (line: string) => void = () => {},
) {
  const lines: string[] = [];
  const outcomes = await setupCommand(options, {
    setup: world.setup,
    isRunning: async () => world.now.running,
    notes: async () => [],
    find: async () => [world.found],
    language,
    everyMs: 5,
    say: (line) => {
      lines.push(line.replaceAll(world.place, '…'));
      onSaid(line);
    },
  });
  return { lines, outcomes };
}

test('a preview in both languages, which changes nothing', async () => {
  const world = await setupWorld(obs32);
  const before = await snapshotOf(world.place);
  expect((await run(world, { dryRun: true })).lines).toEqual([
    'OBS 32.2.2: …/config/obs-studio',
    '  This would be done:',
    '  · OBS’s WebSocket server is switched on, in …/config/obs-studio/plugin_config/obs-websocket/config.json.',
    '  · OBS gets the dock “StreamAI”, in …/config/obs-studio/user.ini.',
    '  · The dock stands on the right of OBS’s window, 340 pixels wide.',
  ]);
  expect((await run(world, { dryRun: true }, 'fr')).lines).toEqual([
    'OBS 32.2.2 : …/config/obs-studio',
    '  Voici ce qui serait fait :',
    '  · Le serveur WebSocket d’OBS est activé, dans …/config/obs-studio/plugin_config/obs-websocket/config.json.',
    '  · OBS reçoit le dock « StreamAI », dans …/config/obs-studio/user.ini.',
    '  · Le dock se place à droite de la fenêtre d’OBS, sur 340 pixels de large.',
  ]);
  expect(await snapshotOf(world.place)).toEqual(before);
});

test('done, nothing left to do, taken back, nothing left to take back', async () => {
  const world = await setupWorld(obs32);
  const before = await snapshotOf(world.place);
  expect((await run(world, {})).lines).toContain('  ✓ OBS gets the dock “StreamAI”, in …/config/obs-studio/user.ini.');
  expect((await run(world, {})).lines).toEqual(['OBS 32.2.2: …/config/obs-studio', '  ✓ Nothing is missing.']);
  expect((await run(world, { undo: true })).lines).toContain(
    '  ✓ …/config/obs-studio/user.ini becomes what it was before, byte for byte.',
  );
  expect(await snapshotOf(world.place)).toEqual(before);
  expect((await run(world, { undo: true })).lines).toContain('  ✓ There is nothing to take back.');
});

test('an OBS that runs is waited for, which is said once', async () => {
  const world = await setupWorld(obs32);
  world.now.running = true;
  const waiting = '  OBS is running. Close it, and this goes on by itself (Ctrl-C: not now).';
  const { lines, outcomes } = await run(world, {}, 'en', (line) => {
    if (line === waiting) world.now.running = false;
  });
  expect(lines.filter((line) => line === waiting)).toHaveLength(1);
  expect(outcomes.map(isFailed)).toEqual([false]);
  expect(lines.at(-1)).toContain('340 pixels');
});

test('without waiting, an OBS that runs is a problem with its fix, and nothing is changed', async () => {
  const world = await setupWorld(obs32);
  world.now.running = true;
  const before = await snapshotOf(world.place);
  const { lines, outcomes } = await run(world, { waitMs: 0 });
  expect(outcomes.map(isFailed)).toEqual([true]);
  expect(lines.at(-1)).toBe(
    '  ✗ OBS is running: it would write over what is changed now. Close OBS. If it is closed, it may still run unseen: restart the computer.',
  );
  expect(await snapshotOf(world.place)).toEqual(before);
});

test('a person who does not want to wait any more ends it', async () => {
  const world = await setupWorld(obs32);
  world.now.running = true;
  const abort = new AbortController();
  const { outcomes } = await run(world, { signal: abort.signal }, 'en', (line) => {
    if (line.includes('Ctrl-C')) abort.abort();
  });
  expect(outcomes).toMatchObject([{ problem: { code: 'setup_obs_running' } }]);
});
