/**
 * Tells the waiting page that the agent runs, and where: a file beside it that changes as long as the agent lives. The page can load
 * it as a script, and has no other way to hear of the agent that needs no opening in the agent's own rules.
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import type { Language } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { Part } from '../lifetime.ts';
import type { Log } from '../log.ts';
import { putInPlace, type WaitingPlace, writeWaitingPage } from './place.ts';

export interface HeartbeatOptions {
  readonly dataDir: string;
  readonly logFile: string;
  /** The agent's, without a slash at the end. */
  readonly url: string;
  /** As `Access.pass`: what the page shows the agent in the token's place. */
  readonly pass: () => string;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
  readonly language?: Language;
}

/** ms from one beat to the next. The page takes its time from what it reads itself, so this only bounds how long it looks. */
export const beatMs = 500;

export class Heartbeat implements Part {
  readonly #options: HeartbeatOptions;
  /** Another one at each start: no beat is like one that an earlier agent left. */
  readonly #run = randomUUID();
  #place: WaitingPlace | undefined;
  #beats = 0;
  /** Whether the file is ours, with the pass of now: then only its digits change. */
  #written = false;
  #warned = false;
  #closed = false;
  #timer: unknown;
  #beating: Promise<void> = Promise.resolve();

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** Resolves after the first beat, also where it failed: without this page, everything else works. */
  async start(): Promise<void> {
    this.#beating = this.#beat();
    await this.#beating;
  }

  /** Resolves once the beat that is being written is. */
  get beaten(): Promise<void> {
    return this.#beating;
  }

  /** The next beat, at once, has the new pass. */
  passRenewed(): void {
    this.#written = false;
    if (this.#timer === undefined || this.#closed) return;
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#beating = this.#beat();
  }

  /** Takes the file away: the page knows at once that nobody is there. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#options.clock.clearTimeout(this.#timer);
    await this.#beating;
    if (this.#place !== undefined) await rm(this.#place.alive, { force: true });
  }

  async #beat(): Promise<void> {
    const { dataDir, logFile, language, clock, log } = this.#options;
    this.#timer = undefined;
    try {
      const whole = !this.#written;
      this.#written = true;
      // Again after a failure: somebody may have taken the folder away.
      if (whole || this.#place === undefined) {
        this.#place = await writeWaitingPage(dataDir, { logFile, ...(language && { language }) });
      }
      const { alive } = this.#place;
      this.#beats += 1;
      if (whole || !(await overwrite(alive, this.#text()))) await putInPlace(alive, this.#text());
      this.#warned = false;
    } catch (error) {
      this.#written = false;
      if (!this.#warned) log.warn({ err: error }, 'the dock’s page for OBS cannot be kept up to date');
      this.#warned = true;
    }
    if (!this.#closed) {
      this.#timer = clock.setTimeout(() => {
        this.#beating = this.#beat();
      }, beatMs);
    }
  }

  /** Of the same length at each beat. */
  #text(): string {
    const { url, pass } = this.#options;
    const beat = `${this.#run}.${String(this.#beats).padStart(12, '0')}`;
    return `streamaiAlive(${JSON.stringify({ beat, url, pass: pass() })});\n`;
  }
}

/**
 * Writes a text over one of the same length. In place, because a rename twice a second would have the disk write blocks and journal
 * each time, where this changes a page of memory that is written now and then. Whoever reads between two beats meets either's digits.
 * @returns false where there is no such file any more
 */
async function overwrite(file: string, text: string): Promise<boolean> {
  // O_NOFOLLOW: as for the token. Windows has none.
  const handle = await open(file, constants.O_WRONLY | (constants.O_NOFOLLOW ?? 0)).catch(() => null);
  if (handle === null) return false;
  try {
    await handle.write(text, 0, 'utf8');
    return true;
  } finally {
    await handle.close();
  }
}
