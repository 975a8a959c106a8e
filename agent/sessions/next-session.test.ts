import { beforeEach, expect, test } from 'vitest';
import { defaultSettings } from '../../shared/settings.ts';
import { LiveBus } from '../live-bus.ts';
import { openDatabase } from '../storage/database.ts';
import { StateStore } from '../storage/state-store.ts';
import { NextSessionKeeper } from './next-session.ts';

const taken = new Set<string>();
let heard: unknown[];
let keeper: NextSessionKeeper;
let settings = defaultSettings;
beforeEach(() => {
  taken.clear();
  settings = defaultSettings;
  const live = new LiveBus();
  heard = [];
  live.subscribe((event) => heard.push(event.data));
  keeper = new NextSessionKeeper({
    state: new StateStore(openDatabase(':memory:')),
    live,
    settings: () => settings,
    isNameTaken: (name) => taken.has(name),
    now: () => new Date(2026, 10, 22, 9, 5, 7).getTime(),
  });
});

test('follows the settings until somebody chooses', () => {
  expect(keeper.get()).toEqual({
    name: null,
    suggestedName: '2026-11-22 09-05-07',
    autoUpload: true,
    subtitleModel: 'base',
    priority: 1,
  });
  settings = { ...defaultSettings, subtitleModel: 'large', autoUpload: false, nameTemplate: 'Cours {date}' };
  expect(keeper.get()).toMatchObject({ subtitleModel: 'large', autoUpload: false, suggestedName: 'Cours 2026-11-22' });
  keeper.change({ autoUpload: true });
  settings = { ...settings, autoUpload: false };
  expect(keeper.get().autoUpload).toBe(true);
});

test('the name is for one recording, the choices stay', () => {
  keeper.change({ name: ' Interview ', priority: 9 });
  expect(keeper.get()).toMatchObject({ name: 'Interview', suggestedName: 'Interview', priority: 9 });
  keeper.consumeName();
  expect(keeper.get()).toMatchObject({ name: null, priority: 9 });
  expect(heard).toHaveLength(2);
  keeper.consumeName();
  expect(heard).toHaveLength(2);
});

test('a taken name is suggested with a number', () => {
  taken.add('Interview');
  expect(keeper.change({ name: 'Interview' })).toMatchObject({ name: 'Interview', suggestedName: 'Interview (2)' });
});

test('a bad name changes nothing and tells nobody', () => {
  keeper.change({ name: 'Good' });
  expect(() => keeper.change({ name: '../x', priority: 5 })).toThrow(
    expect.objectContaining({ code: 'session_name_invalid' }),
  );
  expect(keeper.get()).toMatchObject({ name: 'Good', priority: 1 });
  expect(heard).toHaveLength(1);
});
