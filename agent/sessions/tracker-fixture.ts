/**
 * Everything between OBS and the uploads as agent/agent.ts builds it, over a simulated OBS and a database in memory: what a
 * recording becomes is tested without OBS, and without waiting. In place of the uploads stands a list of what they were asked.
 */
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { freePort } from '../../scripts/rig/free-port.ts';
import type { SimulatedObsOptions } from '../../scripts/rig/simulated-obs.ts';
import { defaultSettings, type Settings } from '../../shared/settings.ts';
import { systemClock } from '../clock.ts';
import { finalise, lookAt } from '../files/finalise.ts';
import { Lifetime } from '../lifetime.ts';
import type { Announcement } from '../live-events.ts';
import { createLog, type Log } from '../log.ts';
import { RecordCommands } from '../obs/commands.ts';
import type { ObsConnection } from '../obs/connection.ts';
import { FileNaming } from '../obs/file-naming.ts';
import { ObsFixture } from '../obs/obs-fixture.ts';
import { SceneWatch } from '../obs/scene-watch.ts';
import { openDatabase } from '../storage/database.ts';
import { StateStore } from '../storage/state-store.ts';
import { AskedUploads } from './asked-uploads-fixture.ts';
import { bookFixture } from './book-fixture.ts';
import { FileCloser, retryMs } from './file-closer.ts';
import { LostWatch } from './lost-watch.ts';
import { Marks } from './marks.ts';
import { NameCounters } from './name-counters.ts';
import { NextSessionKeeper } from './next-session.ts';
import { Observer } from './observer.ts';
import { RecordControl } from './record-control.ts';
import { RecordedClock } from './recorded-clock.ts';
import { SessionBegins } from './session-begins.ts';
import type { SessionBook } from './session-book.ts';
import { SessionEnds } from './session-ends.ts';
import { SessionStore, type StoredSession } from './session-store.ts';
import { SessionTracker } from './session-tracker.ts';
import { SessionUploads } from './session-uploads.ts';
import { SplitCatchUp } from './split-catch-up.ts';
import { SplitWatch } from './split-watch.ts';
import { StartIntents } from './start-intent.ts';
import { ThumbnailStore } from './thumbnail-store.ts';
import { Thumbnails } from './thumbnails.ts';

/** A file is believed so many times sooner than usual to be what it will be: OBS's clock goes faster here, too. */
const timesSooner = 50;

/** What a test may want otherwise. */
export interface TrackerOptions {
  readonly obs?: Partial<SimulatedObsOptions>;
  /** How long a command waits for OBS's event (ms); longer than any that comes. */
  readonly confirmMs?: number;
  /** How long a call waits for OBS's answer (ms); longer than any that comes. */
  readonly callMs?: number;
  /** How long a start may take until OBS confirms it (ms). */
  readonly intentLifeMs?: number;
  /** After so many looks without OBS and without growth a recording is over; there is one every 5 ms. */
  readonly stillLooks?: number;
  /** Between two looks at a recording (ms). */
  readonly lookEveryMs?: number;
}

/** One run of the agent. */
export interface RunningAgent {
  readonly connection: ObsConnection;
  readonly book: SessionBook;
  readonly next: NextSessionKeeper;
  readonly observer: Observer;
  readonly tracker: SessionTracker;
  readonly control: RecordControl;
  /** Ends it in order; what OBS does from now on is missed. */
  close(): Promise<void>;
}

export class TrackerFixture {
  readonly obs: ObsFixture;
  readonly database = openDatabase(':memory:');
  readonly store = new SessionStore(this.database);
  settings: Settings = defaultSettings;
  /** What clients heard, oldest first, over all runs of the agent. */
  readonly live: Announcement[] = [];
  /** What the uploads were asked, oldest first, over all runs: `follow`, `send` (it is closed, queue it), `closed`, `withdraw`. */
  readonly asked: string[];
  /** Free space as the observer passed it on, bytes. */
  readonly freeBytes: number[] = [];
  /** What was logged as an error: nothing, unless a test takes it out. */
  readonly errors: string[] = [];
  readonly #options: TrackerOptions;
  readonly #uploads: AskedUploads;
  #agent: RunningAgent | null = null;

  private constructor(obs: ObsFixture, options: TrackerOptions) {
    this.obs = obs;
    this.#options = options;
    this.#uploads = new AskedUploads(this.database, this.store, () => obs.happened());
    this.asked = this.#uploads.asked;
  }

  /** OBS runs, and an agent that is connected to it; ended after the test. */
  static async start(options: TrackerOptions = {}): Promise<TrackerFixture> {
    const fixture = new TrackerFixture(await ObsFixture.start(options.obs), options);
    onTestFinished(() => expect(fixture.errors).toEqual([]));
    onTestFinished(() => fixture.database.close());
    onTestFinished(() => fixture.agent.close());
    await fixture.startAgent();
    await fixture.connected();
    return fixture;
  }

  /** The run that goes on, or went on last. */
  get agent(): RunningAgent {
    if (this.#agent === null) throw new Error('no agent was started');
    return this.#agent;
  }

  /** Another run of the agent over the same database; it need not find OBS. */
  async startAgent(): Promise<void> {
    this.#agent = await this.#build();
  }

  async connected(): Promise<void> {
    await this.until('the agent is connected to OBS', () => this.agent.connection.connected);
    await this.agent.tracker.caughtUp();
  }

  /** Looks whenever something happened until `look` gives something. */
  until<T>(what: string, look: () => T): ReturnType<typeof this.obs.until<T>> {
    return this.obs.until(what, look);
  }

  /** All sessions, in the order in which they were opened. */
  sessions(): StoredSession[] {
    const ids = this.database.prepare('SELECT id FROM sessions ORDER BY rowid').all();
    return ids.map(({ id }) => this.store.get(String(id)));
  }

  /** The session that was opened last. @throws when there is none */
  session(): StoredSession {
    const last = this.sessions().at(-1);
    if (last === undefined) throw new Error('no session has begun');
    return last;
  }

  /** Waits until that many sessions have been opened and the last one is in this state. @returns it */
  async reached(state: StoredSession['run']['state'], count = 1): Promise<StoredSession> {
    await this.until(`session ${count} is ${state}`, () => {
      const sessions = this.sessions();
      return sessions.length === count && sessions.at(-1)?.run.state === state;
    });
    return this.session();
  }

  /** Names of a session's files and what has become of each, such as `a.mkv ready`. */
  files({ run }: StoredSession): string[] {
    return run.files.map((file) => `${path.basename(file.path)} ${file.state}`);
  }

  /** Types of what clients heard, but for what comes every second and for the next session. */
  heard(): string[] {
    return this.live.map(({ type }) => type).filter((type) => /^(recording_st(arted|opped)|session_)/.test(type));
  }

  /** Each session's state and files, in the order in which they were opened. */
  states(): string[] {
    return this.sessions().map((session) => `${session.run.state}: ${this.files(session).join(', ')}`);
  }

  /** A recording of that name goes on, by OBS's own button; the agent knows. @returns its file */
  async recording(name: string): Promise<string> {
    await this.nameFiles(name);
    const file = await this.obs.record();
    await this.until('the agent knows', () =>
      this.sessions()
        .at(-1)
        ?.run.files.some(({ path }) => path === file),
    );
    return file;
  }

  /** From now on OBS cannot be reached: whatever it does is missed. @returns ends it, once the agent is connected again */
  async cutOff(): Promise<() => Promise<void>> {
    const { target, obs } = this.obs;
    this.obs.target = { ...target, port: await freePort() };
    obs.dropConnections();
    await this.until('cut off', () => this.agent.connection.state === 'waiting');
    return async () => {
      this.obs.target = target;
      await this.connected();
    };
  }

  /** What OBS is to call its files. */
  async nameFiles(format: string): Promise<void> {
    await this.obs.setProfile('Output', 'FilenameFormatting', format);
  }

  /** What OBS calls its files now. */
  async fileNames(): Promise<string> {
    const parameter = { parameterCategory: 'Output', parameterName: 'FilenameFormatting' };
    return (await this.obs.call('GetProfileParameter', parameter)).parameterValue;
  }

  async #build(): Promise<RunningAgent> {
    const { database } = this;
    const log = this.#log();
    const now = Date.now;
    const { callMs = 60_000, confirmMs = 60_000, intentLifeMs = 60_000, stillLooks = 10_000 } = this.#options;
    const { lookEveryMs = 10 } = this.#options;
    const { connection: obs } = this.obs.connection({ callMs }, log);
    const uploads = this.#uploads;
    const { book, live, store, recorded } = bookFixture(now, database, uploads, undefined, new RecordedClock());
    live.subscribe((event) => {
      this.live.push(event);
      this.obs.happened();
    });
    const settings = (): Settings => this.settings;
    const state = new StateStore(database);
    const commands = new RecordCommands(obs, { confirmMs, restMs: 0 });
    const naming = new FileNaming(obs, state, log);
    const place = new SceneWatch(obs);
    const sessionUploads = new SessionUploads({ book, uploads, settings, clock: systemClock });
    const sooner: typeof finalise = (file, clean, signal) =>
      finalise(file, clean, signal, {
        look: lookAt,
        now: () => performance.now() * timesSooner,
        sleep: (ms, end) => delay(ms / timesSooner, undefined, { signal: end }),
      });
    const closes = { finalise: sooner, retryMs: retryMs / timesSooner };
    const closer = new FileCloser({ book, uploads: sessionUploads, judge: trusting, log, ...closes });
    const next = new NextSessionKeeper({
      state,
      live,
      settings,
      counters: new NameCounters(database),
      isNameTaken: (name) => store.isNameTaken(name),
      place: () => place.now,
      now,
    });
    const onFreeBytes = (bytes: number): void => void this.freeBytes.push(bytes);
    const observer = new Observer({ obs, book, live, log, recorded, onFreeBytes, lookEveryMs });
    const marks = new Marks({ book, obs, commands, language: () => 'en', now, log });
    const intents = new StartIntents(state, naming, systemClock, intentLifeMs);
    const lostWatch = new LostWatch(obs, book, { stillLooks, lookEveryMs: 5 });
    const splits = new SplitWatch({ obs, book, state, log });
    const catchUp = new SplitCatchUp({ obs, book, closer, splits, recorded, log });
    const tracker = new SessionTracker({
      obs,
      book,
      intents,
      begins: new SessionBegins({
        ...{ book, next, intents, naming, closer, observer, place, recorded, splits, uploads: sessionUploads, log },
        thumbnails: new Thumbnails({ obs, store: new ThumbnailStore(database), book, log, waitMs: 1 }),
      }),
      ends: new SessionEnds({ book, catchUp, closer, observer, lostWatch, recorded, log }),
      catchUp,
      observer,
      lostWatch,
      splits,
      place,
      recorded,
      log,
    });
    const folderNames = { refresh: async () => {} };
    const parts = { obs, commands, book, tracker, next, intents, observer, marks, folderNames };
    const control = new RecordControl({ ...parts, now, log });
    const lifetime = new Lifetime(log);
    lifetime.add('followed files', sessionUploads);
    lifetime.add('file closer', closer);
    lifetime.add('connection to OBS', { close: () => obs.close() });
    lifetime.add('start intents', intents);
    lifetime.add('session tracker', tracker);
    lifetime.add('OBS', { start: () => obs.start() });
    await lifetime.start();
    const close = async (): Promise<void> => {
      await lifetime.close();
      await tracker.caughtUp();
    };
    return { connection: obs, book, next, observer, tracker, control, close };
  }

  #log(): Log {
    const error = (...words: unknown[]): void => void this.errors.push(words.map(inWords).join(' '));
    return { ...createLog({ level: 'silent' }), error };
  }
}

/** What OBS names is what it says. */
const trusting = { doubts: async () => [] };

const inWords = (word: unknown): string =>
  typeof word === 'object' && word !== null && 'err' in word ? String(word.err) : JSON.stringify(word);
