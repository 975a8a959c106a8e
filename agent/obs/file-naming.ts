/**
 * A named start: OBS reads `Output/FilenameFormatting` at each start, so it is set to the session's name just before and
 * restored right after. What was there before is in the journal first, so a kill between the two is mended at the next connect.
 */
import * as z from 'zod';
import type { Log } from '../log.ts';
import type { StateStore } from '../storage/state-store.ts';
import type { ObsConnection } from './connection.ts';

const parameter = { parameterCategory: 'Output', parameterName: 'FilenameFormatting' } as const;

const journalSchema = z.object({
  profile: z.string(),
  /** null: the profile had none of its own and used OBS's default. */
  original: z.string().nullable(),
  applied: z.string(),
});
const journalName = 'obs.filenameFormatting';

export class FileNaming {
  readonly #obs: Pick<ObsConnection, 'ask' | 'send' | 'connected'>;
  readonly #state: StateStore;
  readonly #log: Log;
  /** One change of OBS's settings at a time, in order. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(obs: Pick<ObsConnection, 'ask' | 'send' | 'connected'>, state: StateStore, log: Log) {
    this.#obs = obs;
    this.#state = state;
    this.#log = log;
  }

  /** Makes OBS call its next file `name`. @throws StreamAIError when OBS cannot be asked; nothing is changed then */
  apply(name: string): Promise<void> {
    return this.#queue(async () => {
      const { currentProfileName: profile } = await this.#obs.ask('GetProfileList');
      const before = await this.#obs.ask('GetProfileParameter', parameter);
      const journal = this.#state.get(journalName, journalSchema);
      // A second start before the first was restored: what counts as the original stays the same.
      const original =
        journal?.profile === profile && journal.applied === before.parameterValue
          ? journal.original
          : before.parameterValue;
      const applied = toFilenameFormatting(name);
      this.#state.set(journalName, { profile, original, applied } satisfies z.infer<typeof journalSchema>);
      await this.#obs.send('SetProfileParameter', { ...parameter, parameterValue: applied });
    });
  }

  /** Puts back what the user had, if it is still ours to put back. Never throws: it is tried again at the next connect. */
  restore(): Promise<void> {
    return this.#queue(async () => {
      const journal = this.#state.get(journalName, journalSchema);
      if (!journal || !this.#obs.connected) return;
      const { currentProfileName } = await this.#obs.ask('GetProfileList');
      if (currentProfileName !== journal.profile) return; // waits until that profile is current again
      const now = await this.#obs.ask('GetProfileParameter', parameter);
      if (now.parameterValue === journal.applied) {
        // null removes the profile's own value, so OBS's default counts again
        await this.#obs.send('SetProfileParameter', { ...parameter, parameterValue: journal.original as string });
      }
      this.#state.delete(journalName);
    }).catch((error: unknown) => this.#log.warn({ err: error }, 'OBS’s file name format could not be restored yet'));
  }

  #queue<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work, work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

/** A literal name as OBS's format: `%` starts a specifier there and `%%` stands for itself (libobs `os_generate_formatted_filename`). */
export function toFilenameFormatting(name: string): string {
  return name.replaceAll('%', '%%');
}
