import { beforeEach, describe, expect, test } from 'vitest';
import { defaultSettings } from '../../shared/settings.ts';
import { LiveEvents } from '../live-events.ts';
import { openDatabase } from '../storage/database.ts';
import { StateStore } from '../storage/state-store.ts';
import { NameCounters } from './name-counters.ts';
import { NextSessionKeeper } from './next-session.ts';

const at = new Date(2026, 10, 22, 9, 5, 7).getTime();
const taken = new Set<string>();
let heard: unknown[];
let keeper: NextSessionKeeper;
let settings = defaultSettings;
let place = { scene: '', profile: '' };
let database: ReturnType<typeof openDatabase>;

const open = (): NextSessionKeeper => {
  const live = new LiveEvents();
  heard = [];
  live.subscribe((event) => heard.push(event.data));
  return new NextSessionKeeper({
    state: new StateStore(database),
    counters: new NameCounters(database),
    live,
    settings: () => settings,
    isNameTaken: (name) => taken.has(name),
    place: () => place,
    now: () => at,
  });
};
beforeEach(() => {
  taken.clear();
  settings = defaultSettings;
  place = { scene: '', profile: '' };
  database = openDatabase(':memory:');
  keeper = open();
});

/** A recording begins. @returns what it is called */
const begin = (given: string | null = keeper.get().name): string => {
  const naming = keeper.namingFor(given, at);
  keeper.consume(naming);
  taken.add(naming.name);
  return naming.name;
};
const template = (nameTemplate: string): void => {
  settings = { ...settings, nameTemplate };
};

test('follows the settings until somebody chooses', () => {
  expect(keeper.get()).toEqual({
    name: null,
    suggestedName: '2026-11-22 09-05-07',
    fields: {},
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
  expect(begin()).toBe('Interview');
  expect(keeper.get()).toMatchObject({ name: null, priority: 9 });
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

describe('own fields', () => {
  beforeEach(() => template('{client} – {project} – {date}'));

  test('are asked for by the template, kept over recordings and restarts, and emptied by an empty value', () => {
    expect(keeper.get().fields).toEqual({ client: '', project: '' });
    expect(keeper.change({ fields: { client: ' Ünal ' } })).toMatchObject({
      fields: { client: 'Ünal', project: '' },
      suggestedName: 'Ünal – 2026-11-22',
    });
    keeper.change({ fields: { project: 'Élan' } });
    expect(begin()).toBe('Ünal – Élan – 2026-11-22');
    keeper = open();
    expect(keeper.get().fields).toEqual({ client: 'Ünal', project: 'Élan' });
    expect(keeper.change({ fields: { client: '' } }).suggestedName).toBe('Élan – 2026-11-22');
    expect(heard).toHaveLength(1);
  });

  test('come back with their value when the template has them again', () => {
    keeper.change({ fields: { client: 'A' } });
    template('{project}');
    expect(keeper.get().fields).toEqual({ project: '' });
    template('{client}');
    expect(keeper.get().fields).toEqual({ client: 'A' });
  });

  test('of the key template are asked for too', () => {
    settings = { ...settings, objectStorageKeyTemplate: '{folder}/{client}/{session}/{file}' };
    expect(keeper.get().fields).toEqual({ client: '', project: '', folder: '' });
  });

  test.each(['other', 'date', '__proto__', 'constructor'])('“%s” is none of the template’s and is refused', (field) => {
    const fields = Object.fromEntries([[field, 'x']]);
    expect(() => keeper.change({ fields, priority: 7 })).toThrow(expect.objectContaining({ code: 'field_unknown' }));
    expect(keeper.get().priority).toBe(1);
  });

  test('that are filled go into the session’s metadata', () => {
    keeper.change({ fields: { client: 'A' } });
    expect(keeper.namingFor('By hand', at).fields).toEqual({ client: 'A' });
  });
});

describe('numbers in names', () => {
  test('the counter runs over all sessions, whatever names them, and outlives a restart', () => {
    template('#{counter}');
    expect(begin()).toBe('#1');
    expect(begin('By hand')).toBe('By hand');
    keeper = open();
    expect(keeper.get().suggestedName).toBe('#3');
    taken.clear();
    expect(begin()).toBe('#3');
  });

  test('a take counts for the rest of its name', () => {
    template('{client} take {take}');
    keeper.change({ fields: { client: 'A' } });
    expect([begin(), begin()]).toEqual(['A take 1', 'A take 2']);
    keeper.change({ fields: { client: 'B' } });
    expect(begin()).toBe('B take 1');
    keeper.change({ fields: { client: 'A' } });
    keeper = open();
    // Forgotten sessions do not make their take come again.
    taken.clear();
    expect(keeper.get().suggestedName).toBe('A take 3');
    expect(begin('A')).toBe('A');
    expect(begin()).toBe('A take 3');
  });

  test('a take that somebody named by hand is left out', () => {
    template('A {take}');
    taken.add('A 1').add('A 2');
    expect(begin()).toBe('A 3');
  });

  test('a name so long that its take is cut off is unique all the same', () => {
    template(`${'x'.repeat(90)}{take}`);
    expect(begin()).toBe('x'.repeat(80));
    expect(begin()).toBe(`${'x'.repeat(76)} (2)`);
  });
});

test('the suggested name follows OBS’s scene and profile', () => {
  template('{profile} {scene}');
  expect(keeper.get().suggestedName).toBe('2026-11-22 09-05-07');
  place = { scene: 'Caméra', profile: 'HD' };
  keeper.placeChanged();
  expect(heard).toEqual([expect.objectContaining({ suggestedName: 'HD Caméra' })]);
  template('{date}');
  keeper.placeChanged();
  expect(heard).toHaveLength(1);
});
