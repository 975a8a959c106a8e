/**
 * A key belongs to the origin that it was given for: another address does not get it, whoever sets that. What the environment
 * says of a key it says of its address too.
 */
import * as z from 'zod';
import { type SettingName, type Settings, settingVariables } from '../../shared/settings.ts';
import type { Database } from '../storage/database.ts';
import { StateStore } from '../storage/state-store.ts';

/** Each key, and the setting that says where it goes. */
const addressOf = { processingApiKey: 'processingUrl', objectStorageSecretKey: 'objectStorageEndpoint' } as const;
type BoundKey = keyof typeof addressOf;
const boundKeys = Object.keys(addressOf) as BoundKey[];

/** Null: given while no address was set; the first one is it. */
const originsSchema = z.partialRecord(z.enum(boundKeys), z.string().nullable());
type Origins = Partial<Record<BoundKey, string | null>>;
const stateName = 'key_origins';

/**
 * The settings that the environment fixes, and by which variable. Where it fixes a key, the key's address is fixed with it.
 * @returns by name of the setting
 */
export function fixedBy(fixed: Readonly<Partial<Settings>>): ReadonlyMap<SettingName, string> {
  const names = Object.keys(fixed) as SettingName[];
  const found = new Map(names.map((name) => [name, settingVariables[name] ?? '']));
  for (const key of boundKeys) {
    const variable = found.get(key);
    if (variable !== undefined && !found.has(addressOf[key])) found.set(addressOf[key], variable);
  }
  return found;
}

export class KeyOrigins {
  readonly #state: StateStore;
  readonly #fixed: Readonly<Partial<Settings>>;

  constructor(database: Database, fixed: Readonly<Partial<Settings>>) {
    this.#state = new StateStore(database);
    this.#fixed = fixed;
  }

  /** The settings without the stored keys that were given for another origin than that of the address now. */
  apply(settings: Settings): Settings {
    const origins = this.#read();
    const strange = boundKeys.filter((key) => {
      const origin = origins[key] ?? null;
      return this.#fixed[key] === undefined && origin !== null && origin !== originOf(settings[addressOf[key]]);
    });
    return { ...settings, ...Object.fromEntries(strange.map((key) => [key, null])) };
  }

  /**
   * Writes down what the stored keys belong to; called within the transaction that stores a change.
   * @param settings with the change, and before `apply`
   * @param given the settings that the change names
   */
  bind(settings: Settings, given: readonly SettingName[]): void {
    const before = this.#read();
    const after: Origins = { ...before };
    for (const key of boundKeys) {
      if (this.#fixed[key] !== undefined) continue;
      if (settings[key] === null) delete after[key];
      else if (given.includes(key) || (after[key] ?? null) === null) after[key] = originOf(settings[addressOf[key]]);
    }
    if (JSON.stringify(after) !== JSON.stringify(before)) this.#state.set(stateName, after);
  }

  #read(): Origins {
    return this.#state.get(stateName, originsSchema) ?? {};
  }
}

const originOf = (address: string | null): string | null =>
  address === null ? null : (URL.parse(address)?.origin ?? null);
