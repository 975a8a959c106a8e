import { expect, test } from 'vitest';
import { openDatabase } from '../../storage/database.ts';
import { StateStore } from '../../storage/state-store.ts';
import { LaterSetup } from './later-setup.ts';
import { writePending } from './pending.ts';
import type { ObsSetupService } from './setup-service.ts';

/** A service that notes what is asked of it, and how often it was loaded. */
function later(state: StateStore) {
  const calls: string[] = [];
  const note = (call: string) => async () => {
    calls.push(call);
    return { obs: [] };
  };
  const service = { start: () => void calls.push('start'), close: note('close'), view: note('view') };
  const setup = new LaterSetup(state, async () => {
    calls.push('load');
    return service as unknown as ObsSetupService;
  });
  return { setup, calls };
}

test('is loaded when somebody asks, once, and ended then', async () => {
  const { setup, calls } = later(new StateStore(openDatabase(':memory:')));
  setup.start();
  await setup.close();
  expect(calls).toEqual([]);
  await Promise.all([setup.view(), setup.view()]);
  await setup.close();
  expect(calls).toEqual(['load', 'start', 'view', 'view', 'close']);
});

test('is loaded at the start where somebody still waits for OBS to be closed', async () => {
  const state = new StateStore(openDatabase(':memory:'));
  writePending(state, new Map([['obs', 'setup']]));
  const { setup, calls } = later(state);
  setup.start();
  await setup.close();
  expect(calls).toEqual(['load', 'start', 'close']);
});
