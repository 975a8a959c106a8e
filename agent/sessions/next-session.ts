/** The next session: what the next recording gets, whoever starts it. One for all clients, kept over restarts. */
import * as z from 'zod';
import type { NextSessionChange } from '../../shared/api.ts';
import { type NextSession, prioritySchema, subtitleModelSchema } from '../../shared/domain.ts';
import { StreamAIError } from '../../shared/errors.ts';
import { checkSessionName, uniqueName } from '../../shared/naming.ts';
import type { SettingName, Settings } from '../../shared/settings.ts';
import { keyTemplateWords, nameFromTemplate, templateFields } from '../../shared/template.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { LiveEvents } from '../live-events.ts';
import type { ScenePlace } from '../obs/scene-watch.ts';
import { Paced } from '../paced.ts';
import type { StateStore } from '../storage/state-store.ts';
import type { NameCounters } from './name-counters.ts';

/** What a person chose; what is null follows the settings' defaults. */
const choicesSchema = z.object({
  name: z.string().nullable(),
  autoUpload: z.boolean().nullable(),
  subtitleModel: subtitleModelSchema.nullable(),
  priority: prioritySchema.nullable(),
  /** Values of own fields, also of those that are not in the template at the moment. */
  fields: z.record(z.string(), z.string()).default({}),
});
type Choices = z.infer<typeof choicesSchema>;
const stateName = 'nextSession';
const nothingChosen: Choices = { name: null, autoUpload: null, subtitleModel: null, priority: null, fields: {} };

/** The settings that the next session is made of. */
export const nextSessionSettings: ReadonlySet<SettingName> = new Set<SettingName>([
  'autoUpload',
  'subtitleModel',
  'priority',
  'nameTemplate',
  'objectStorageKeyTemplate',
]);

export interface NextSessionPorts {
  readonly state: StateStore;
  readonly counters: NameCounters;
  readonly live: LiveEvents;
  readonly settings: () => Settings;
  readonly isNameTaken: (name: string) => boolean;
  /** What OBS shows now. */
  readonly place: () => Pick<ScenePlace, 'scene' | 'profile'>;
  readonly now: () => number;
  /** Of the pace of announcements. */
  readonly clock?: Clock;
}

/** Scenes are switched many times a second where somebody plays with them; the suggested name follows no faster (ms). */
const placeEveryMs = 1000;

/** What a session that begins is called, and the numbers that this uses up. */
export interface Naming {
  readonly name: string;
  /** Over all sessions. */
  readonly number: number;
  /** Own fields that are filled. */
  readonly fields: Readonly<Record<string, string>>;
  /** Where the template made the name and has `{take}`. */
  readonly take: { readonly rest: string; readonly number: number } | null;
}

export class NextSessionKeeper {
  readonly #ports: NextSessionPorts;
  readonly #placeChanges: Paced;

  constructor(ports: NextSessionPorts) {
    this.#ports = ports;
    this.#placeChanges = new Paced(() => this.announce(), ports.clock ?? systemClock);
  }

  close(): void {
    this.#placeChanges.close();
  }

  get(): NextSession {
    const chosen = this.#chosen();
    const settings = this.#ports.settings();
    return {
      name: chosen.name,
      suggestedName: this.nameFor(chosen.name, this.#ports.now()),
      fields: this.#fields(chosen),
      autoUpload: chosen.autoUpload ?? settings.autoUpload,
      subtitleModel: chosen.subtitleModel ?? settings.subtitleModel,
      priority: chosen.priority ?? settings.priority,
    };
  }

  /** @throws StreamAIError session_name_… | field_unknown; nothing is changed then */
  change(change: Omit<NextSessionChange, 'starting'>): NextSession {
    const chosen = this.#chosen();
    const name = change.name === undefined ? chosen.name : change.name === null ? null : checkSessionName(change.name);
    return this.#set({
      name,
      autoUpload: change.autoUpload ?? chosen.autoUpload,
      subtitleModel: change.subtitleModel ?? chosen.subtitleModel,
      priority: change.priority ?? chosen.priority,
      fields: { ...chosen.fields, ...this.#checkedFields(change.fields ?? {}) },
    });
  }

  /** A recording began with this naming: the name was for it alone; the other choices stay for the one after. */
  consume({ number, take }: Pick<Naming, 'number' | 'take'>): void {
    this.#ports.counters.count(number);
    if (take) this.#ports.counters.countTake(take.rest, take.number);
    this.#set({ ...this.#chosen(), name: null });
  }

  /** The name that a recording starting at `at` (ms since 1970) would get. */
  nameFor(given: string | null, at: number): string {
    return this.namingFor(given, at).name;
  }

  /** What a recording starting at `at` (ms since 1970) would be called: the given name or the template's, made unique. */
  namingFor(given: string | null, at: number): Naming {
    const { counters, settings, isNameTaken, place } = this.#ports;
    const number = counters.last + 1;
    const fields = this.#fields(this.#chosen());
    const filled = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
    if (given !== null) return { name: uniqueName(given, isNameTaken), number, fields: filled, take: null };
    const { nameTemplate } = settings();
    const named = (take: string): string =>
      nameFromTemplate(nameTemplate, { ...place(), at: new Date(at), fields, counter: String(number), take });
    const rest = named('');
    if (!nameTemplate.includes('{take}')) {
      return { name: uniqueName(rest, isNameTaken), number, fields: filled, take: null };
    }
    let take = counters.lastTake(rest) + 1;
    // Names that people gave by hand may be in the way; a name cut at its limit may have lost its number.
    while (isNameTaken(named(String(take))) && named(String(take)) !== named(String(take + 1))) take++;
    return {
      name: uniqueName(named(String(take)), isNameTaken),
      number,
      fields: filled,
      take: { rest, number: take },
    };
  }

  /** OBS shows another scene or has another profile. */
  placeChanged(): void {
    if (/\{(scene|profile)\}/.test(this.#ports.settings().nameTemplate)) this.#placeChanges.call('', placeEveryMs);
  }

  /** Something that the suggested name is made of changed. */
  announce(): void {
    this.#ports.live.publish('next_session_updated', this.get());
  }

  #fields({ fields }: Choices): Record<string, string> {
    const { nameTemplate, objectStorageKeyTemplate } = this.#ports.settings();
    const names = new Set([
      ...templateFields(nameTemplate),
      ...templateFields(objectStorageKeyTemplate, keyTemplateWords),
    ]);
    return Object.fromEntries(
      [...names].map((name) => [name, Object.hasOwn(fields, name) ? (fields[name] ?? '') : '']),
    );
  }

  #checkedFields(given: Readonly<Record<string, string>>): Record<string, string> {
    const known = this.#fields(this.#chosen());
    const checked = Object.entries(given).map(([name, value]) => {
      const field = name.normalize('NFC');
      if (!Object.hasOwn(known, field)) throw new StreamAIError('field_unknown', { field });
      return [field, value.normalize('NFC').trim()] as const;
    });
    return Object.fromEntries(checked);
  }

  #chosen(): Choices {
    return this.#ports.state.get(stateName, choicesSchema) ?? nothingChosen;
  }

  #set(choices: Choices): NextSession {
    this.#ports.state.set(stateName, choices);
    const next = this.get();
    this.#ports.live.publish('next_session_updated', next);
    return next;
  }
}
