/**
 * Looks at OBS: while it records, time and size every second for the clients, and the facts that become the session's metadata; at
 * any time, whether what OBS answers agrees with what its events told.
 */
import type { RecordingStatus, SessionMetadata } from '../../shared/domain.ts';
import type { LiveEvents } from '../live-events.ts';
import type { Log } from '../log.ts';
import type { ObsConnection } from '../obs/connection.ts';
import {
  type RecordingNow,
  type RecordSetup,
  readDroppedFrames,
  readFrameCounts,
  readRecording,
  readSetup,
} from '../obs/read-back.ts';
import type { ScenePlace } from '../obs/scene-watch.ts';
import { Doubt, disagreement } from './agreement.ts';
import { bytesOnDisk, type Lost, lostBefore, withScene } from './observed-facts.ts';
import type { Heard, RecordedClock } from './recorded-clock.ts';
import { SeenFiles } from './seen-files.ts';
import type { SessionBook } from './session-book.ts';
import type { Moment } from './session-state.ts';
import type { StoredSession } from './session-store.ts';

const lookEveryMs = 1000;
/** While nothing is recorded, and nothing is in doubt; every so many looks. */
const idleEvery = 5;
/** Frame counts change slowly, and how far the session has got is written down no more often; every so many looks. */
const rarelyEvery = 5;
/** The lowest rate that OBS offers among its common ones. */
const slowestFps = 10;

export interface ObserverPorts {
  readonly obs: ObsConnection;
  readonly book: SessionBook;
  readonly live: LiveEvents;
  readonly log: Log;
  readonly recorded: RecordedClock;
  /** Free space where OBS records, in bytes, as often as it is known. */
  readonly onFreeBytes: (bytes: number) => void;
  /** Between two looks, ms; default: a second. */
  readonly lookEveryMs?: number;
}

export class Observer {
  readonly #ports: ObserverPorts;
  /** The session that is observed. */
  #sessionId: string | null = null;
  /** The one that was observed last: what follows is known of it. */
  #knownId: string | null = null;
  #timer: NodeJS.Timeout | null = null;
  #looking = false;
  #looks = 0;
  #last: RecordingNow | null = null;
  #setup: RecordSetup | null = null;
  /** Lost frames that OBS had counted before this session; null as long as they are not known. */
  #lostBefore: Lost | null = null;
  /** Frames that OBS had rendered since its start, and when (monotonic, ms) that was seen. */
  #rendered = { frames: 0, at: 0 };
  /**
   * What OBS had counted before this recording: for hybrid formats `outputBytes` goes on over all recordings since OBS started
   * (seen on 32.2), for others it begins at 0. null as long as it is not known.
   */
  #bytesBefore: number | null = null;
  /** The scene that was shown last, as far as it was told. */
  #scene = '';
  /** OBS's count at the first look of this connection; null: not looked yet. */
  #firstCountMs: number | null = null;
  #witnessed = false;
  #closed = false;
  readonly #doubt = new Doubt();
  readonly #seen: SeenFiles;
  #onDisagreement: (recording: RecordingNow) => void = () => undefined;

  constructor(ports: ObserverPorts) {
    this.#ports = ports;
    this.#seen = new SeenFiles(ports.book, ports.log);
  }

  /** Whether OBS can pause this recording; true as long as it is not known. */
  get canPause(): boolean {
    return this.#setup?.kind.canPause ?? true;
  }

  /** Whether FFmpeg's output makes this recording, as far as it is known. */
  get byFfmpeg(): boolean {
    return this.#setup?.kind.ffmpeg ?? false;
  }

  /** Called when OBS has answered several times what is not what we believe; again, as long as that lasts. */
  onDisagreement(listener: (recording: RecordingNow) => void): void {
    this.#onDisagreement = listener;
  }

  /**
   * Whether OBS was seen to record over this connection: from then on no event of its end can have been missed. At a connect its
   * output may still count as active although STOPPED was sent before.
   */
  get witnessed(): boolean {
    return this.#witnessed;
  }

  /** OBS has rendered so many frames since its start, it says right now. */
  sawFrames(rendered: number): void {
    this.#rendered = { frames: rendered, at: performance.now() };
  }

  /** Whether an OBS that has rendered so many frames can be the one that was seen last: that one has gone on rendering since. */
  isSameRun(framesRendered: number): boolean {
    const { frames, at } = this.#rendered;
    // At least at half of its rate: a machine under load misses frames.
    const since = ((performance.now() - at) / 1000) * ((this.#setup?.fps ?? slowestFps) / 2);
    return framesRendered >= frames + Math.floor(since);
  }

  /**
   * OBS is there.
   * @param sessionId what it records now; null: nothing
   * @param began whether its event told the start
   */
  observe(sessionId: string | null, began = false): void {
    // After a lost connection it is the same: OBS goes on counting.
    if (sessionId !== this.#knownId) {
      this.#setup = null;
      this.#last = null;
      this.#bytesBefore = null;
      this.#lostBefore = null;
      this.#scene = '';
    }
    this.#sessionId = sessionId;
    this.#knownId = sessionId;
    this.#firstCountMs = null;
    this.#witnessed = began;
    this.#looks = 0;
    this.#doubt.look(null);
    if (this.#closed) return;
    this.#timer ??= setInterval(() => void this.#look(), this.#ports.lookEveryMs ?? lookEveryMs);
    if (sessionId === null) return;
    void this.#readSetup(sessionId);
    void this.#look();
  }

  /** The recording is over. */
  rest(): void {
    if (this.#timer !== null) this.observe(null);
    else this.#sessionId = null;
  }

  /** OBS is gone. */
  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    this.#sessionId = null;
  }

  /** As `stop`, for good: what was heard before is handled yet, and must not begin it again. */
  close(): void {
    this.#closed = true;
    this.stop();
  }

  /** One last count of frames, while the output still stands. */
  async stopping(): Promise<void> {
    if (this.#sessionId === null) return;
    await this.#countFrames(this.#sessionId).catch((error: unknown) =>
      this.#ports.log.debug({ err: error }, 'OBS did not tell its frames'),
    );
  }

  /** OBS showed other scenes, or had another profile or scene collection, each from its moment of the session on; oldest first. */
  placesChanged(
    session: StoredSession,
    changes: readonly { readonly place: ScenePlace; readonly at: Pick<Moment, 'recordedMs'> }[],
  ): void {
    const shown: { scene: string; recordedMs: number }[] = [];
    for (const { place, at } of changes) {
      if (place.scene !== '' && place.scene !== this.#scene)
        shown.push({ scene: place.scene, recordedMs: at.recordedMs });
      this.#scene = place.scene;
    }
    const { profile = '', sceneCollection = '' } = changes.at(-1)?.place ?? {};
    this.#ports.book.note(session.id, (metadata) => ({
      ...shown.reduce((known, { scene, recordedMs }) => withScene(known, scene, recordedMs), metadata),
      ...(profile === '' ? {} : { profile }),
      ...(sceneCollection === '' ? {} : { sceneCollection }),
    }));
  }

  status(): RecordingStatus {
    const { book } = this.#ports;
    const session = book.active();
    if (!session)
      return { active: false, paused: false, session: null, durationMs: 0, bytes: 0, timecode: '00:00:00.000' };
    return {
      active: true,
      paused: session.run.state === 'paused',
      session: book.view(session.id),
      durationMs: book.moment(session).recordedMs,
      bytes: this.#last?.bytes ?? 0,
      timecode: this.#last?.timecode ?? '00:00:00.000',
    };
  }

  async #look(): Promise<void> {
    const sessionId = this.#sessionId;
    if (this.#looking) return;
    const number = this.#looks++;
    if (sessionId === null && !this.#doubt.any && number % idleEvery !== 0) return;
    this.#looking = true;
    try {
      const { obs, book, log } = this.#ports;
      const counted = await readRecording(obs);
      const onDisk =
        sessionId === null || this.#bytesBefore !== null ? 0 : await bytesOnDisk(book.store.find(sessionId));
      if (sessionId !== this.#sessionId || this.#timer === null) return;
      if (this.#disagrees(counted)) {
        log.info({ recording: counted }, 'OBS says of its recording what none of its events told');
        this.#onDisagreement(counted);
        return;
      }
      if (sessionId === null || !counted.active) return;
      this.#bytesBefore ??= Math.max(0, counted.bytes - onDisk);
      await this.#tell(sessionId, { ...counted, bytes: Math.max(0, counted.bytes - this.#bytesBefore) }, number);
    } catch (error) {
      this.#ports.log.debug({ err: error }, 'OBS did not tell how the recording goes');
    } finally {
      this.#looking = false;
    }
  }

  #disagrees(counted: RecordingNow): boolean {
    const { book, recorded } = this.#ports;
    const countedMs = recorded.countedMs(counted.answeredAt);
    return this.#doubt.look(disagreement(counted, book.active()?.run, countedMs)) !== null;
  }

  async #tell(sessionId: string, recording: RecordingNow, number: number): Promise<void> {
    const { live, book, recorded } = this.#ports;
    const heard = this.#heard(recording);
    if (!this.#doubt.any) recorded.look(recording, heard);
    this.#firstCountMs ??= recording.durationMs;
    if (recording.durationMs > this.#firstCountMs) this.#witnessed = true;
    this.#last = recording;
    const session = book.store.find(sessionId);
    if (!session) return;
    const at = book.moment(session, heard);
    live.publish('recording_status_update', {
      active: true,
      paused: recording.paused,
      sessionId,
      durationMs: at.recordedMs,
      bytes: recording.bytes,
      timecode: recording.timecode,
    });
    // OBS told STARTED without a path, or with one that meant nothing here.
    if (session.run.files.length === 0 && recording.path !== null) {
      book.apply(sessionId, { type: 'file_changed', at, bornAt: at.date, path: recording.path, startMs: 0 });
      // Somebody has said what its folder is called here.
      book.dropNotices(sessionId, ({ code }) => code === 'path_not_reachable');
    }
    // Not waited for: it may take its time. What was not there yet is looked for each time: its drive may go before long.
    void this.#seen.look(session);
    if (number % rarelyEvery !== 0) return;
    book.apply(sessionId, { type: 'went_on', at });
    await this.#countFrames(sessionId);
  }

  #heard({ answeredAt }: RecordingNow): Heard {
    return { ...this.#ports.recorded.now(), monotonicMs: answeredAt };
  }

  async #countFrames(sessionId: string): Promise<void> {
    const { obs, book, onFreeBytes } = this.#ports;
    const [{ freeBytes, ...counts }, droppedFrames] = await Promise.all([readFrameCounts(obs), readDroppedFrames(obs)]);
    onFreeBytes(freeBytes);
    this.sawFrames(counts.rendered);
    if (sessionId !== this.#sessionId) return;
    this.#lostBefore ??= lostBefore(counts, book.store.find(sessionId));
    this.#note(sessionId, {
      skippedFrames: Math.max(0, counts.skipped - this.#lostBefore.skipped),
      missedFrames: Math.max(0, counts.missed - this.#lostBefore.missed),
      ...(droppedFrames === null ? {} : { droppedFrames }),
    });
  }

  async #readSetup(sessionId: string): Promise<void> {
    const { obs, book, log } = this.#ports;
    try {
      const setup = await readSetup(obs);
      // Another recording may have begun while OBS answered.
      if (sessionId === this.#sessionId) this.#setup = setup;
      const { profile, sceneCollection, width, height, fps, scene } = setup;
      const obsVersion = obs.readback?.obsVersion;
      const session = book.store.find(sessionId);
      if (!session) return;
      this.#note(sessionId, {
        profile,
        sceneCollection,
        width,
        height,
        fps,
        ...(obsVersion === undefined ? {} : { obsVersion }),
        ...(session.metadata.scenes.length > 0 ? {} : { scenes: [{ name: scene, atMs: session.run.asOf.recordedMs }] }),
      });
    } catch (error) {
      log.warn({ err: error }, 'OBS did not tell how it is set up');
    }
  }

  /** Writes facts into the metadata, if they are news. */
  #note(sessionId: string, facts: Partial<SessionMetadata>): void {
    const { book } = this.#ports;
    const before = book.store.find(sessionId)?.metadata;
    if (before === undefined) return;
    const news = Object.entries(facts).some(([name, value]) => before[name as keyof SessionMetadata] !== value);
    if (news) book.note(sessionId, (metadata) => ({ ...metadata, ...facts }));
  }
}
