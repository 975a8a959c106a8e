/**
 * From OBS's events to sessions: opens one at STARTED, tracks its pauses and splits, ends it at STOPPED and has its files closed,
 * from where they go to the uploads. Whoever started the recording, the way is the same. What was missed, because the connection
 * or the agent was away, or because a dialog of OBS holds its events back, is made up for from what OBS answers and from the files.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { FairTurns } from '../fair-turns.ts';
import type { Log } from '../log.ts';
import type { ObsConnection } from '../obs/connection.ts';
import type { ObsEvent } from '../obs/events.ts';
import { type ObsReadback, type RecordingNow, readRecording } from '../obs/read-back.ts';
import type { ScenePlace, SceneWatch } from '../obs/scene-watch.ts';
import { Paced } from '../paced.ts';
import { type Disagreement, disagreement, goesOn, looksToBelieve } from './agreement.ts';
import type { LostWatch } from './lost-watch.ts';
import type { Observer } from './observer.ts';
import type { Heard, RecordedClock } from './recorded-clock.ts';
import type { SessionBegins } from './session-begins.ts';
import type { SessionBook } from './session-book.ts';
import { type How, isDiskFull, type SessionEnds } from './session-ends.ts';
import { isActive } from './session-state.ts';
import type { StoredSession } from './session-store.ts';
import type { SplitCatchUp } from './split-catch-up.ts';
import type { SplitWatch } from './split-watch.ts';
import type { StartIntents } from './start-intent.ts';

export interface SessionTrackerPorts {
  readonly obs: ObsConnection;
  readonly book: SessionBook;
  readonly intents: Pick<StartIntents, 'tidyUp'>;
  readonly begins: SessionBegins;
  readonly ends: SessionEnds;
  readonly catchUp: SplitCatchUp;
  readonly splits: Pick<SplitWatch, 'replaySaved'>;
  readonly observer: Observer;
  readonly lostWatch: LostWatch;
  readonly place: Pick<SceneWatch, 'now' | 'onChange'>;
  readonly recorded: RecordedClock;
  readonly log: Log;
}

/** When OBS is asked what is true because somebody waits for it: every so often (ms). */
const agreeEveryMs = 300;
/** After STOPPED the output stays active for a moment (OBS 29: up to 70 ms). One that is still active by then was not stopped (ms). */
const stoppedMs = 500;
const stoppedLookMs = 25;
/** Scenes are switched many times a second where somebody plays with them: those of this time are written down together (ms). */
const placesEveryMs = 250;
/** Events that say nothing of the recording do not wait in line with those that do. */
const tracked: ReadonlySet<ObsEvent['type']> = new Set<ObsEvent['type']>([
  ...(['connected', 'disconnected', 'events_missed'] as const),
  ...(['record_state', 'record_file_changed', 'replay_saved'] as const),
]);

export class SessionTracker {
  readonly #ports: SessionTrackerPorts;
  /** The end of what was last put in line: events are handled one after the other, although some wait for files or for OBS. */
  #last: Promise<void> = Promise.resolve();
  readonly #turns = new FairTurns();
  /** Changes of scene that are not in line yet, oldest first. */
  #places: { readonly place: ScenePlace; readonly heard: Heard; readonly at: ReturnType<RecordedClock['current']> }[] =
    [];
  readonly #placesPaced: Paced;
  /** The connection to OBS was lost while it recorded. */
  #sawObsVanish = false;
  /** Something was believed that no event told: its event may come yet, when it is true no longer. */
  #eventsLate = false;
  /** Since the connect it is known which session OBS records: what it shows belongs to that one. */
  #inTouch = false;
  /** STOPPING came, and there was nothing to stop: a dialog had held it back. */
  #lateStopping = false;

  constructor(ports: SessionTrackerPorts) {
    this.#ports = ports;
    this.#placesPaced = new Paced(() => this.#tellPlaces());
  }

  /** Takes up the session that an earlier run of the agent left, then listens to OBS. Call before the connection starts. */
  start(): void {
    const { book, obs, place, observer, catchUp } = this.#ports;
    // When the last run of the agent ended is not known.
    catchUp.missedSince = book.active() === undefined ? null : 0;
    catchUp.start();
    obs.on((event) => this.#hear(event));
    place.onChange((now) => {
      const { recorded } = this.#ports;
      this.#places.push({ place: now, heard: recorded.now(), at: recorded.current() });
      this.#placesPaced.call('', placesEveryMs);
    });
    observer.onDisagreement((recording) => this.#inTurn('a disagreement', () => this.#believe(recording)));
    if (book.active()) this.#watch('unseen');
  }

  /** Resolves when every event that was heard so far has been handled. */
  async caughtUp(): Promise<void> {
    this.#tellPlaces();
    await this.#last;
  }

  /**
   * Asks OBS whether it records what we believe, because somebody is about to act on it. What OBS says several times in a row, and no
   * event told, is true from then on. Resolves when that is written down, or OBS does not answer.
   */
  async agree(): Promise<void> {
    const { obs, log } = this.#ports;
    try {
      for (let look = 1; ; look++) {
        const recording = await readRecording(obs);
        await this.#last;
        if (this.#disagreement(recording) === null) return;
        if (look === looksToBelieve) return await this.#inTurn('a disagreement', () => this.#believe(recording));
        await delay(agreeEveryMs);
      }
    } catch (error) {
      log.debug({ err: error }, 'OBS did not tell how the recording goes');
    }
  }

  close(): void {
    this.#placesPaced.close();
    this.#ports.lostWatch.close();
    this.#ports.observer.close();
    this.#ports.begins.close();
  }

  #hear(event: ObsEvent): void {
    if (!tracked.has(event.type)) return;
    // What was shown before this is told before it.
    this.#tellPlaces();
    if (event.type === 'record_state' && event.state === 'started') this.#ports.catchUp.newest = event.path;
    void this.#inTurn(event.type, (heard) => this.#handle(event, heard));
    if (event.type === 'events_missed') void this.agree();
  }

  /** @param work gets the moment of this call: when its turn comes, OBS may be somewhere else */
  #inTurn(what: string, work: (heard: Heard) => Promise<void> | void): Promise<void> {
    const heard = this.#ports.recorded.now();
    this.#last = this.#last
      .then(() => this.#turns.next())
      .then(() => work(heard))
      .catch((error: unknown) => this.#ports.log.error({ err: error, event: what }, 'handling an OBS event failed'));
    return this.#last;
  }

  /** Gives the active session up once OBS stays away and its file stands still. */
  #watch(ending: 'vanished' | 'unseen'): void {
    const { obs, ends, lostWatch } = this.#ports;
    lostWatch.start((id) => {
      void this.#inTurn('lost', async () => {
        // If OBS is there again by now, it has said how things stand.
        if (!obs.connected) await ends.lose(id, ending);
      });
    });
  }

  async #handle(event: ObsEvent, heard: Heard): Promise<void> {
    const { book, observer, catchUp, lostWatch } = this.#ports;
    const active = book.active();
    switch (event.type) {
      case 'connected':
        lostWatch.stop();
        return this.#readBack(event.readback);
      case 'disconnected':
        observer.stop();
        this.#inTouch = false;
        if (!active) return;
        catchUp.missedSince ??= heard.date;
        this.#sawObsVanish = true;
        this.#watch('vanished');
        book.apply(active.id, { type: 'went_on', at: book.moment(active, heard) });
        return;
      case 'events_missed':
        // The files of splits among them are found on the disk.
        catchUp.missedSince ??= event.since;
        if (active) await catchUp.catchUp(active.id);
        return;
      case 'record_file_changed':
        if (active) await catchUp.changeFile(active, event.path, heard);
        return;
      case 'replay_saved':
        if (active) this.#ports.splits.replaySaved(active.id, event.path);
        return;
      case 'record_state':
        return this.#recordState(event, active, heard);
      default:
        return;
    }
  }

  async #recordState(
    event: Extract<ObsEvent, { type: 'record_state' }>,
    active: StoredSession | undefined,
    heard: Heard,
  ): Promise<void> {
    const { book, begins, ends, observer, recorded } = this.#ports;
    switch (event.state) {
      case 'starting':
        return;
      case 'started': {
        if (active && (event.path === null || hasFile(active, event.path))) {
          // OBS said it when we connected, and now as an event too. A STOPPING before it was of the recording before.
          if (active.run.state !== 'stopping') return;
          recorded.resume(heard);
          book.apply(active.id, { type: 'revived', paused: false, at: book.moment(active, heard) });
          return;
        }
        // OBS can only begin another recording when it has ended the one before; where it shows a dialog, it has not said so.
        if (active) await ends.lose(active.id, observer.witnessed ? 'failed' : 'unseen', event.path);
        this.#eventsLate = false;
        this.#lateStopping = false;
        await begins.open(event, { heard });
        return;
      }
      case 'paused':
      case 'resumed':
      case 'stopping': {
        this.#lateStopping = event.state === 'stopping' && !active;
        if (!active || (this.#eventsLate && (await this.#isPast(event.state)))) return;
        if (event.state === 'resumed') recorded.resume(heard);
        else recorded.hold(heard);
        book.apply(active.id, { type: event.state, at: book.moment(active, heard) });
        if (event.state === 'stopping') void observer.stopping();
        return;
      }
      case 'stopped': {
        // It may come late: OBS said at the connect already that it has stopped, or that it records another file by now.
        const named = event.path === null ? undefined : book.store.byPath(event.path);
        const session = named && isLost(named) ? named : active;
        if (session) await this.#stopped(session, event.path, heard);
      }
    }
  }

  /** Whether OBS is not what an event says that it has become. */
  async #isPast(state: 'paused' | 'resumed' | 'stopping'): Promise<boolean> {
    const recording = await readRecording(this.#ports.obs).catch(() => null);
    return state !== 'stopping' && recording !== null && recording.active && recording.paused !== (state === 'paused');
  }

  async #stopped(session: StoredSession, file: string | null, heard: Heard): Promise<void> {
    const { book, ends, recorded } = this.#ports;
    const { state, files } = session.run;
    if (!isActive(state)) {
      if (this.#lateStopping) book.apply(session.id, { type: 'stop_was_asked' });
      this.#lateStopping = false;
      return ends.end(session, 'stopped', { file, heard });
    }
    if (await this.#isOlderStop(session, heard)) return;
    recorded.hold(heard);
    // OBS gave up by itself: a stop that somebody asked for has a STOPPING.
    const failed = state !== 'stopping' && (await isDiskFull(file ?? files.at(-1)?.path));
    await ends.end(session, failed ? 'failed' : 'stopped', { file, heard });
  }

  /**
   * Whether STOPPED is about a recording before this one: where OBS shows a message about that, STOPPED comes when it is clicked, in
   * the middle of the next recording and with its path (seen on OBS 32.2).
   */
  async #isOlderStop({ run }: StoredSession, heard: Heard): Promise<boolean> {
    const { obs, recorded } = this.#ports;
    const countedMs = recorded.countedMs(heard.monotonicMs);
    const deadline = performance.now() + stoppedMs;
    for (;;) {
      const recording = await readRecording(obs).catch(() => null);
      if (!recording?.active || recording.path !== run.files[0]?.path) return false;
      if (!goesOn(recording.durationMs, countedMs)) return false;
      if (performance.now() > deadline) return true;
      await delay(stoppedLookMs);
    }
  }

  #tellPlaces(): void {
    const places = this.#places;
    if (places.length === 0) return;
    this.#places = [];
    void this.#inTurn('changes of scene', () => {
      const { book, observer } = this.#ports;
      const active = book.active();
      if (active === undefined || !this.#inTouch) return;
      const changes = places.map(({ place, heard, at }) => {
        return { place, at: at?.sessionId === active.id ? at : book.moment(active, heard) };
      });
      observer.placesChanged(active, changes);
    });
  }

  /** What OBS shows from this moment on is noted of the session that it records. */
  #isAt(place: ScenePlace, heard?: Heard): void {
    const { book, observer } = this.#ports;
    const active = book.active();
    if (active && this.#inTouch) observer.placesChanged(active, [{ place, at: book.moment(active, heard) }]);
  }

  #disagreement(recording: RecordingNow): Disagreement | null {
    const { book, recorded } = this.#ports;
    return disagreement(recording, book.active()?.run, recorded.countedMs(recording.answeredAt));
  }

  /** OBS's own word, given several times, against what its events told; they may have told it since. */
  async #believe(recording: RecordingNow): Promise<void> {
    const { book, begins, ends, observer, log } = this.#ports;
    const what = this.#disagreement(recording);
    const active = book.active();
    if (what === null) return;
    this.#eventsLate = true;
    log.warn({ what, session: active?.name }, 'what OBS says of its recording counts: none of its events told it');
    const lost = observer.witnessed ? 'failed' : 'unseen';
    if (what === 'begun' || what === 'another') return this.#compare(recording, lost);
    if (!active) return;
    if (what === 'over') return ends.end(active, active.run.state === 'stopping' ? 'stopped' : lost);
    begins.takeUp(active, recording);
  }

  /** Brings sessions in line with what OBS says when we connect. */
  async #readBack({ recording, framesRendered }: ObsReadback): Promise<void> {
    const { intents, observer, place } = this.#ports;
    // If this is another run of OBS, the one that recorded has crashed. If it is the same one, only the connection was gone, and the
    // files tell how the recording ended.
    const vanished = this.#sawObsVanish && !observer.isSameRun(framesRendered);
    await this.#compare(recording, vanished ? 'vanished' : 'unseen');
    this.#sawObsVanish = false;
    this.#eventsLate = false;
    this.#inTouch = true;
    // Scenes may have been switched while nobody listened.
    this.#isAt(place.now);
    observer.sawFrames(framesRendered);
    await intents.tidyUp();
  }

  /** @param lost how the session has ended that is not the one that OBS records */
  async #compare(recording: RecordingNow, lost: How): Promise<void> {
    const { book, begins, ends, observer, catchUp, recorded } = this.#ports;
    const active = book.active();
    const session = begins.sessionOf(recording, active);
    if (active && active.id !== session?.id) await ends.lose(active.id, lost, recording.active ? recording.path : null);
    if (session) {
      begins.takeUp(session, recording);
      if (!isActive(session.run.state)) catchUp.missedSince = 0;
      observer.observe(session.id);
      await catchUp.catchUp(session.id);
    } else if (recording.active) {
      // Somebody started it while we were away.
      catchUp.missedSince = 0;
      const { durationMs: recordedMs, paused, answeredAt: monotonicMs } = recording;
      const { id } = await begins.open(recording, { recordedMs, paused, heard: { ...recorded.now(), monotonicMs } });
      await catchUp.catchUp(id);
    } else observer.observe(null);
  }
}

/** It was ended without a word of OBS. */
const isLost = ({ run }: StoredSession): boolean => run.ending !== null && run.ending !== 'stopped';
const hasFile = ({ run }: StoredSession, path: string): boolean => run.files.some((file) => file.path === path);
