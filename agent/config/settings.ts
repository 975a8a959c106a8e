/** The settings in force: what the environment fixes, else what a person stored, else the defaults. */
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Language, StreamAIError } from '../../shared/errors.ts';
import { parseObsAddress } from '../../shared/obs-address.ts';
import {
  defaultSettings,
  publicSettingsSchema,
  type SecretSetting,
  type SettingName,
  type Settings,
  type SettingsChange,
  type SettingsView,
  secretSettings,
  settingsSchema,
  settingVariables,
} from '../../shared/settings.ts';
import type { LiveEvents } from '../live-events.ts';
import type { Log } from '../log.ts';
import type { SettingsService } from '../services.ts';
import { type Database, transaction } from '../storage/database.ts';
import { withoutTrailingSlash } from './env-values.ts';
import { fixedBy, KeyOrigins } from './key-origins.ts';

export type SettingsListener = (names: readonly SettingName[]) => void;

export interface SettingsStore extends Pick<SettingsService, 'view'> {
  /** As the service's, but nothing is asked of the disk. */
  change(change: SettingsChange, language?: Language): SettingsView;
  /** All values, secrets included: for the agent's own parts only. */
  current(): Settings;
  /** Calls the listener after each change, with the names of what changed. @returns ends the subscription */
  onChange(listener: SettingsListener): () => void;
}

export interface SettingsOptions {
  readonly database: Database;
  /** What the environment fixes. */
  readonly fixed: Readonly<Partial<Settings>>;
  readonly live: LiveEvents;
  readonly log: Log;
  /**
   * Called where a stored address is not used, because the environment fixes its key.
   * @param variable of the key
   * @param wanted the variable that would name the address
   */
  readonly onIgnored?: (variable: string, wanted: string, address: string) => void;
}

const settingNames = Object.keys(settingsSchema.shape) as SettingName[];

/** Reads the stored settings, and keeps their secrets out of the log. */
export function createSettings({ database, fixed, live, log, onIgnored }: SettingsOptions): SettingsStore {
  const listeners = new Set<SettingsListener>();
  const save = database.prepare('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)');
  let stored = readStored(database, log);
  const fixing = fixedBy(fixed);
  const origins = new KeyOrigins(database, fixed);
  // An address that was stored before the environment fixed its key is none: that key was not given for it.
  const inForce = (): Partial<Settings> =>
    Object.fromEntries(Object.entries(stored).filter(([name]) => !fixing.has(name as SettingName)));
  const merged = (): Settings => ({ ...defaultSettings, ...inForce(), ...fixed });
  for (const [name, variable] of fixing) {
    if (fixed[name] !== undefined || !stored[name]) continue;
    log.warn(
      { variable, setting: name },
      'the address is not used that was stored without this key: set it beside the key',
    );
    onIgnored?.(variable, settingVariables[name] ?? name, String(stored[name]));
  }
  // Keys that an earlier version stored belong to the address that they have had so far.
  transaction(database, () => origins.bind(merged(), []));
  let current = origins.apply(merged());
  keepSecret(merged(), log);

  const view: SettingsService['view'] = () => ({
    values: publicSettingsSchema.parse(current),
    secrets: secretsSet(current),
    fixed: Object.fromEntries(fixing),
  });

  return {
    view,
    current: () => current,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    change(change, language = 'en') {
      const wanted = checked(change, fixed, language);
      const named = settingNames.filter((name) => wanted[name] !== undefined);
      for (const field of named) {
        const variable = fixing.get(field);
        if (variable !== undefined) throw new StreamAIError('setting_fixed', { field, variable });
      }
      // A stored key that is for another address is not in force, and can be taken away or given for this one all the same.
      const differs = (name: SettingName, from: Settings): boolean => !isDeepStrictEqual(wanted[name], from[name]);
      const changed = named.filter((name) => differs(name, current) || differs(name, merged()));
      if (changed.length === 0) return view();
      const changedStore = { ...stored, ...pick(wanted, changed) };
      transaction(database, () => {
        for (const name of changed) save.run(name, JSON.stringify(wanted[name]));
        origins.bind({ ...defaultSettings, ...changedStore, ...fixed }, named);
      });
      stored = changedStore;
      current = origins.apply(merged());
      keepSecret(current, log);
      log.info({ names: changed }, 'settings changed');
      for (const listener of listeners) listener(changed);
      live.publish('settings_updated', view());
      return view();
    },
  };
}

/** The named values alone: a change may also carry names whose value is undefined. */
function pick(change: Partial<Settings>, names: readonly SettingName[]): Partial<Settings> {
  return Object.fromEntries(names.map((name) => [name, change[name]]));
}

const notFullPath = {
  en: '“recordingsDir” must be a full path',
  fr: '« recordingsDir » doit être un chemin complet',
} as const;
const notFullFolder = {
  en: (here: string) => `the folder on this machine, “${here}”, must be a full path`,
  fr: (here: string) => `le dossier de cette machine, « ${here} », doit être un chemin complet`,
} as const;
const otherPort = {
  en: '“obsHost” names another port than “obsPort”',
  fr: '« obsHost » indique un autre port que « obsPort »',
} as const;

/**
 * What the schema cannot say: addresses lose their last slash, a folder is a full path on this platform, and a port that stands
 * behind OBS's host is OBS's port.
 * @throws StreamAIError invalid_request
 */
function checked(asked: SettingsChange, fixed: SettingsOptions['fixed'], language: Language): Partial<Settings> {
  const given = settingNames.filter((name) => asked[name] !== undefined);
  const change: Partial<Settings> = Object.fromEntries(
    given.map((name) => [name, asked[name] ?? defaultSettings[name]]),
  );
  const { processingUrl, objectStorageEndpoint, recordingsDir } = change;
  if (recordingsDir && !path.isAbsolute(recordingsDir)) {
    throw new StreamAIError('invalid_request', { field: 'recordingsDir', reason: notFullPath[language] });
  }
  const partial = change.pathMappings?.find(({ here }) => !path.isAbsolute(here));
  if (partial !== undefined) {
    throw new StreamAIError('invalid_request', {
      field: 'pathMappings',
      reason: notFullFolder[language](partial.here),
    });
  }
  return {
    ...change,
    ...obsPlace(change, fixed, language),
    ...(processingUrl && { processingUrl: withoutTrailingSlash(processingUrl) }),
    ...(objectStorageEndpoint && { objectStorageEndpoint: withoutTrailingSlash(objectStorageEndpoint) }),
  };
}

function obsPlace(
  { obsHost, obsPort }: Partial<Settings>,
  fixed: SettingsOptions['fixed'],
  language: Language,
): Partial<Settings> {
  const place = obsHost === undefined ? null : parseObsAddress(obsHost);
  if (place === null) return {};
  const { host, port } = place;
  if (port === null || port === fixed.obsPort) return { obsHost: host };
  if (typeof obsPort === 'number' && obsPort !== port) {
    throw new StreamAIError('invalid_request', { field: 'obsHost', reason: otherPort[language] });
  }
  return { obsHost: host, obsPort: port };
}

/** The agent starts whatever is stored: a value that today's rules refuse gives way to the default. */
function readStored(database: Database, log: Log): Partial<Settings> {
  const stored: Record<string, unknown> = {};
  for (const { name, value } of database.prepare('SELECT name, value FROM settings').all()) {
    const known = settingNames.find((candidate) => candidate === name);
    const result = known === undefined ? undefined : settingsSchema.shape[known].safeParse(parseJson(String(value)));
    if (known !== undefined && result?.success) stored[known] = result.data;
    else log.warn({ setting: name }, 'a stored setting is not valid any more; its default is used');
  }
  // Was not always taken apart when it was stored.
  const place = parseObsAddress(String(stored.obsHost ?? ''));
  if (place !== null) {
    stored.obsHost = place.host;
    stored.obsPort ??= place.port;
  }
  return stored;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function keepSecret(settings: Settings, log: Log): void {
  for (const name of secretSettings) log.secret(settings[name]);
}

function secretsSet(settings: Settings): SettingsView['secrets'] {
  const set = secretSettings.map((name) => [name, Boolean(settings[name])]);
  return Object.fromEntries(set) as Record<SecretSetting, boolean>;
}
