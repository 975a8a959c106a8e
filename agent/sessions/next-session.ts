/** The next session: what the next recording gets, whoever starts it. One for all clients, kept over restarts. */
import * as z from 'zod';
import type { NextSessionChange } from '../../shared/api.ts';
import { type NextSession, prioritySchema, subtitleModelSchema } from '../../shared/domain.ts';
import { checkSessionName, nameFromTemplate, uniqueName } from '../../shared/naming.ts';
import type { Settings } from '../../shared/settings.ts';
import type { LiveBus } from '../live-bus.ts';
import type { StateStore } from '../storage/state-store.ts';

/** What a person chose; what is null follows the settings' defaults. */
const choicesSchema = z.object({
  name: z.string().nullable(),
  autoUpload: z.boolean().nullable(),
  subtitleModel: subtitleModelSchema.nullable(),
  priority: prioritySchema.nullable(),
});
type Choices = z.infer<typeof choicesSchema>;
const stateName = 'nextSession';
const nothingChosen: Choices = { name: null, autoUpload: null, subtitleModel: null, priority: null };

export interface NextSessionPorts {
  readonly state: StateStore;
  readonly live: LiveBus;
  readonly settings: () => Settings;
  readonly isNameTaken: (name: string) => boolean;
  readonly now: () => number;
}

export class NextSessionKeeper {
  readonly #ports: NextSessionPorts;

  constructor(ports: NextSessionPorts) {
    this.#ports = ports;
  }

  get(): NextSession {
    const chosen = this.#chosen();
    const settings = this.#ports.settings();
    return {
      name: chosen.name,
      suggestedName: this.nameFor(chosen.name, this.#ports.now()),
      autoUpload: chosen.autoUpload ?? settings.autoUpload,
      subtitleModel: chosen.subtitleModel ?? settings.subtitleModel,
      priority: chosen.priority ?? settings.priority,
    };
  }

  /** @throws StreamAIError session_name_… ; nothing is changed then */
  change(change: Omit<NextSessionChange, 'starting'>): NextSession {
    const chosen = this.#chosen();
    const name = change.name === undefined ? chosen.name : change.name === null ? null : checkSessionName(change.name);
    return this.#set({
      name,
      autoUpload: change.autoUpload ?? chosen.autoUpload,
      subtitleModel: change.subtitleModel ?? chosen.subtitleModel,
      priority: change.priority ?? chosen.priority,
    });
  }

  /** A recording took the name; the other choices stay for the one after. */
  consumeName(): void {
    const chosen = this.#chosen();
    if (chosen.name !== null) this.#set({ ...chosen, name: null });
  }

  /** The name that a recording starting at `at` (ms since 1970) would get: the given one or the template's, made unique. */
  nameFor(given: string | null, at: number): string {
    const name = given ?? nameFromTemplate(this.#ports.settings().nameTemplate, new Date(at));
    return uniqueName(name, this.#ports.isNameTaken);
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
