import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { StreamAIError } from '../../shared/errors.ts';
import {
  defaultSettings,
  type SettingName,
  type Settings,
  type SettingsChange,
  settingsChangeSchema,
  settingsViewSchema,
} from '../../shared/settings.ts';
import { type Announcement, LiveEvents } from '../live-events.ts';
import type { Log } from '../log.ts';
import { type Database, openDatabase } from '../storage/database.ts';
import { createSettings } from './settings.ts';
import { settingsService } from './settings-service.ts';

let database: Database;
let events: Announcement[];
let lines: string[];
let secrets: (string | null | undefined)[];
beforeEach(() => {
  database = openDatabase(':memory:');
  events = [];
  lines = [];
  secrets = [];
});
afterEach(() => database.close());

const open = (fixed: Partial<Settings> = {}) => {
  const live = new LiveEvents();
  live.subscribe((event) => events.push(event));
  const note = (details: object | string, message?: string): void => {
    lines.push(JSON.stringify([details, message]));
  };
  const log: Log = {
    debug: note,
    info: note,
    warn: note,
    error: note,
    secret: (s) => secrets.push(s),
    close: () => {},
  };
  return createSettings({ database, fixed, live, log });
};
const store = (name: string, value: string) =>
  database.prepare('INSERT INTO settings (name, value) VALUES (?, ?)').run(name, value);

test('starts from the defaults', () => {
  expect(open().current()).toEqual(defaultSettings);
});

test('keeps a change over a restart, below what the environment fixes', () => {
  open().change({ priority: 7, obsHost: 'studio', nameTemplate: '{date} Zoé', obsPort: 4460 });
  open().change({ obsPort: null });
  const settings = open({ obsHost: 'fixed' });
  expect(settings.current()).toEqual({
    ...defaultSettings,
    priority: 7,
    obsHost: 'fixed',
    nameTemplate: '{date} Zoé',
  });
  expect(open().current().obsHost).toBe('studio');
});

describe('a change', () => {
  test('is told to listeners by name and to clients as a whole, once in force', () => {
    const settings = open();
    const seen: unknown[] = [];
    const stop = settings.onChange((names) => seen.push([names, settings.current().priority]));
    const view = settings.change({ priority: 3, language: 'fr' });
    expect(seen).toEqual([[['priority', 'language'], 3]]);
    expect(events).toMatchObject([{ type: 'settings_updated', data: view }]);
    stop();
    settings.change({ priority: 4 });
    expect(seen).toHaveLength(1);
  });

  test('that changes nothing is told to nobody', () => {
    const settings = open();
    settings.onChange(() => events.push(events[0] as Announcement));
    settings.change({ priority: defaultSettings.priority });
    settings.change({});
    expect(events).toEqual([]);
    expect(database.prepare('SELECT * FROM settings').all()).toEqual([]);
  });

  test('of what the environment fixes is refused as a whole', () => {
    const settings = open({ obsPort: 4456 });
    expect(() => settings.change({ priority: 3, obsPort: 4457 })).toThrow(
      expect.objectContaining({ code: 'setting_fixed', params: { field: 'obsPort', variable: 'OBS_PORT' } }),
    );
    expect(settings.current()).toMatchObject({ priority: 1, obsPort: 4456 });
    expect(events).toEqual([]);
  });

  test('of the address loses the last slash', () => {
    expect(open().change({ processingUrl: 'https://example.com/api/' }).values.processingUrl).toBe(
      'https://example.com/api',
    );
  });

  test.each<[change: SettingsChange, obsHost: string, obsPort: number | null]>([
    [{ obsHost: '127.0.0.1:4460' }, '127.0.0.1', 4460],
    [{ obsHost: '[::1]' }, '::1', null],
    [{ obsHost: '[::1]:4460' }, '::1', 4460],
    [{ obsHost: 'ws://studio:4460' }, 'studio', 4460],
    [{ obsHost: 'localhost:4460', obsPort: 4460 }, 'localhost', 4460],
    [{ obsHost: 'localhost:4460', obsPort: null }, 'localhost', 4460],
    [{ obsHost: 'ws://studio', obsPort: 4461 }, 'studio', 4461],
  ])('of OBS’s host to %j is taken apart, and stays so', (change, obsHost, obsPort) => {
    const settings = open();
    expect(settings.change(change).values).toMatchObject({ obsHost, obsPort });
    expect(open().current()).toMatchObject({ obsHost, obsPort });
  });

  test('of OBS’s host to one with another port than is wanted, or fixed, is refused', () => {
    expect(() => open().change({ obsHost: 'localhost:4460', obsPort: 4461 })).toThrow(
      expect.objectContaining({ code: 'invalid_request', params: expect.objectContaining({ field: 'obsHost' }) }),
    );
    const settings = open({ obsPort: 4456 });
    expect(() => settings.change({ obsHost: 'localhost:4460' })).toThrow(
      expect.objectContaining({ code: 'setting_fixed', params: { field: 'obsPort', variable: 'OBS_PORT' } }),
    );
    expect(settings.change({ obsHost: 'studio:4456' }).values).toMatchObject({ obsHost: 'studio', obsPort: 4456 });
  });

  test('to a folder that is no full path is refused', () => {
    expect(() => open().change({ recordingsDir: 'videos' })).toThrow(
      expect.objectContaining({ code: 'invalid_request', params: expect.objectContaining({ field: 'recordingsDir' }) }),
    );
    expect(() => open().change({ recordingsDir: 'videos' }, 'fr')).toThrow(
      expect.objectContaining({
        params: expect.objectContaining({ reason: expect.stringContaining('chemin complet') }),
      }),
    );
  });
});

describe('secrets', () => {
  test('never leave, only whether they are set', () => {
    const settings = open({ processingApiKey: 'key-of-the-environment' });
    const view = settings.change({ obsPassword: 'hunter22' });
    expect(settingsViewSchema.parse(view)).toEqual(view);
    expect(view.secrets).toEqual({ obsPassword: true, processingApiKey: true, objectStorageSecretKey: false });
    expect(view.fixed).toEqual({ processingApiKey: 'VULTR_API_KEY', processingUrl: 'VULTR_API_KEY' });
    expect(settings.current().obsPassword).toBe('hunter22');
    const told = JSON.stringify([view, settings.view(), events, lines]);
    expect(told).not.toContain('hunter22');
    expect(told).not.toContain('key-of-the-environment');
    expect(secrets).toEqual(expect.arrayContaining(['hunter22', 'key-of-the-environment']));
  });

  test('can be taken back', () => {
    const settings = open();
    settings.change({ obsPassword: 'hunter22' });
    expect(settings.change({ obsPassword: null }).secrets.obsPassword).toBe(false);
  });
});

describe.each([
  ['processingApiKey', 'processingUrl', 'VULTR_API_KEY', 'VULTR_API_URL'],
  [
    'objectStorageSecretKey',
    'objectStorageEndpoint',
    'VULTR_OBJECT_STORAGE_SECRET_KEY',
    'VULTR_OBJECT_STORAGE_ENDPOINT',
  ],
] as const)('%s', (key, address, variable, addressVariable) => {
  const a = 'https://a.example';
  const b = 'https://b.example';

  test('does not go to another origin, also not after a restart, and is there again for its own', () => {
    open().change({ [address]: a, [key]: 'k3y-of-a' });
    const settings = open();
    expect(settings.current()[key]).toBe('k3y-of-a');
    for (const other of [b, 'http://a.example', 'https://a.example:8443', 'https://a.example.evil.com', null]) {
      expect(settings.change({ [address]: other }).secrets[key]).toBe(false);
      expect(settings.current()[key]).toBeNull();
      expect(open().current()[key]).toBeNull();
      expect(settings.change({ [address]: `${a}/below` }).secrets[key]).toBe(true);
    }
    expect(settings.current()[key]).toBe('k3y-of-a');
  });

  test('that comes with another address, or after it, belongs to that one', () => {
    const settings = open();
    settings.change({ [address]: a, [key]: 'k3y-of-a' });
    settings.change({ [address]: b, [key]: 'k3y-of-b' });
    expect(settings.current()[key]).toBe('k3y-of-b');
    settings.change({ [address]: a });
    expect(settings.current()[key]).toBeNull();
    settings.change({ [key]: 'k3y-of-b' });
    expect(settings.current()[key]).toBe('k3y-of-b');
    expect(settings.change({ [address]: b }).secrets[key]).toBe(false);
  });

  test('that is given again together with another address goes with it', () => {
    const settings = open();
    settings.change({ [address]: a, [key]: 'same-key' });
    settings.change({ [address]: b, [key]: 'same-key' });
    expect(settings.current()[key]).toBe('same-key');
  });

  test('that was given while there was no address belongs to the first one', () => {
    const settings = open();
    settings.change({ [key]: 'k3y' });
    settings.change({ [address]: a });
    expect(settings.current()[key]).toBe('k3y');
    settings.change({ [address]: b });
    expect(settings.current()[key]).toBeNull();
  });

  test('of an earlier version belongs to the address that it was stored with', () => {
    store(address, JSON.stringify(a));
    store(key, '"0ld-k3y"');
    const settings = open();
    expect(settings.current()[key]).toBe('0ld-k3y');
    settings.change({ [address]: b });
    expect(settings.current()[key]).toBeNull();
  });

  test('that is stored does not go to an address that the environment fixes elsewhere', () => {
    open().change({ [address]: a, [key]: 'k3y-of-a' });
    expect(open({ [address]: b }).current()[key]).toBeNull();
    expect(open({ [address]: a }).current()[key]).toBe('k3y-of-a');
  });

  test('that the environment fixes has its address fixed too', () => {
    const settings = open({ [key]: 'k3y-of-the-environment' });
    expect(() => settings.change({ [address]: b })).toThrow(
      expect.objectContaining({ code: 'setting_fixed', params: { field: address, variable } }),
    );
    expect(settings.view().fixed).toEqual({ [key]: variable, [address]: variable });
    // Also one that was stored before: the key was not given for that.
    store(address, JSON.stringify(b));
    const later = open({ [key]: 'k3y-of-the-environment' });
    expect(later.current()).toMatchObject({ [key]: 'k3y-of-the-environment', [address]: null });
    expect(lines.at(-1)).toContain(variable);
    expect(open().current()[address]).toBe(b);
    const both = open({ [key]: 'k3y', [address]: a });
    expect(both.current()).toMatchObject({ [key]: 'k3y', [address]: a });
    expect(both.view().fixed).toEqual({ [key]: variable, [address]: addressVariable });
  });
});

test('OBS’s host that was stored with its port is taken apart', () => {
  store('obsHost', '"[::1]:4460"');
  expect(open().current()).toMatchObject({ obsHost: '::1', obsPort: 4460 });
});

test.each([
  ['priority', '99'],
  ['priority', '"1"'],
  ['subtitleModel', '"huge"'],
  ['obsHost', 'not json'],
  ['obsHost', '"http://studio"'],
  ['unknownName', '1'],
  ['__proto__', '{"priority":5}'],
])('a stored value that is no longer valid gives way to the default and is logged: %s = %s', (name, value) => {
  store(name, value);
  store('language', '"fr"');
  expect(open().current()).toEqual({ ...defaultSettings, language: 'fr' });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(name);
});

test('null is the default again, of every setting', () => {
  const settings = open();
  const other: SettingsChange = {
    ...{ obsHost: 'studio', obsPort: 4460, obsPassword: 'x', processingUrl: 'https://a.example', uploadEndpoint: '/u' },
    ...{ statusEndpoint: '/s', processingApiKey: 'k', autoUpload: false, subtitleModel: 'large', priority: 9 },
    ...{ setupSeen: true, pathMappings: [{ obs: 'D:\\Rec', here: path.resolve('/videos') }] },
    ...{ recordingsDir: '/videos', uploadWhileRecording: false, bandwidthLimit: 64_000, whileOnAir: 'wait' },
    ...{ whileOnAirLimit: 64_000, deleteLocal: 'verified', keepLast: 1, keepFreeBytes: 1, nameTemplate: 'a' },
    ...{ language: 'fr', objectStorageEndpoint: 'https://s.example', objectStorageBucket: 'films' },
    ...{ objectStorageAccessKey: 'a', objectStorageSecretKey: 's', objectStorageAddressing: 'path' },
    ...{ objectStorageRegion: 'r', objectStoragePrefix: 'p/', objectStorageKeyTemplate: '{file}' },
    setupSeen: true,
  };
  for (const name of Object.keys(defaultSettings) as SettingName[]) {
    // All of them anew: a key goes with its address.
    settings.change(settingsChangeSchema.parse(other));
    expect(settings.current()[name]).not.toEqual(defaultSettings[name]);
    settings.change(settingsChangeSchema.parse({ [name]: null }));
    expect(settings.current()[name]).toEqual(defaultSettings[name]);
  }
  const all = Object.keys(defaultSettings).map((name) => [name, null]);
  settings.change(settingsChangeSchema.parse(Object.fromEntries(all)));
  expect(open().current()).toEqual(defaultSettings);
});

describe('a folder for recordings', () => {
  test('is made where it is missing, and refused in words where it cannot be used', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'streamai-videos-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await writeFile(path.join(folder, 'file'), '');
    const settings = open();
    const service = settingsService(settings);
    const made = path.join(folder, 'a', 'b');
    expect((await service.change({ recordingsDir: made })).values.recordingsDir).toBe(made);
    expect((await stat(made)).isDirectory()).toBe(true);
    const refused = {
      code: 'folder_unreadable',
      params: { folder: path.join(folder, 'file'), reason: 'it is not a folder' },
    };
    await expect(service.change({ recordingsDir: path.join(folder, 'file') })).rejects.toMatchObject(refused);
    await expect(service.change({ recordingsDir: 'videos' })).rejects.toMatchObject({ code: 'invalid_request' });
    expect(settings.current().recordingsDir).toBe(made);
  });

  test('of an OBS on another machine is not looked for here, nor is one that may not be changed', async () => {
    const elsewhere = path.join(tmpdir(), 'streamai-not-here', 'videos');
    const service = settingsService(open());
    await service.change({ obsHost: 'studio', recordingsDir: elsewhere });
    await expect(
      settingsService(open({ recordingsDir: '/v' })).change({ recordingsDir: elsewhere }),
    ).rejects.toMatchObject({
      code: 'setting_fixed',
    });
    await expect(stat(elsewhere)).rejects.toThrow('ENOENT');
  });
});

describe('what OBS’s folders are called here', () => {
  const mapping = { obs: 'D:\\Rec', here: path.join(tmpdir(), 'rec') };

  test('is tried before it is taken, and stays as it was where that fails', async () => {
    const settings = open();
    const tried: unknown[] = [];
    const service = settingsService(settings, async (mappings) => {
      tried.push(mappings);
      if (tried.length > 1) throw new StreamAIError('path_mapping_misses', { folder: 'D:/', field: 'pathMappings' });
    });
    expect((await service.change({ pathMappings: [mapping] })).values.pathMappings).toEqual([mapping]);
    const refused = { code: 'path_mapping_misses' };
    await expect(service.change({ pathMappings: [{ ...mapping, obs: 'C:\\' }] })).rejects.toMatchObject(refused);
    expect(settings.current().pathMappings).toEqual([mapping]);
    await service.change({ pathMappings: null });
    await service.change({ language: 'fr' });
    expect([settings.current().pathMappings, tried.length]).toEqual([null, 2]);
  });

  test('is a full path here', async () => {
    const service = settingsService(open(), async () => {
      throw new Error('was tried');
    });
    const change = service.change({ pathMappings: [{ ...mapping, here: 'rec' }] });
    await expect(change).rejects.toMatchObject({ code: 'invalid_request', params: { field: 'pathMappings' } });
  });

  test('is no news where it is the same', () => {
    const settings = open();
    const heard: unknown[] = [];
    settings.onChange((names) => heard.push(names));
    settings.change({ pathMappings: [mapping] });
    settings.change({ pathMappings: [{ ...mapping }] });
    expect(heard).toEqual([['pathMappings']]);
  });
});
