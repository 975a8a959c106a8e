/** Looks at OBS while it records: time and size every second for the clients, and facts for the session's metadata. */
import { stat } from 'node:fs/promises';
import type { RecordingStatus, SessionMetadata } from '../../shared/domain.ts';
import type { LiveEvents } from '../live-events.ts';
import type { Log } from '../log.ts';
import type { ObsConnection } from '../obs/connection.ts';
import {
  type FrameCounts,
  type RecordingNow,
  type RecordSetup,
  readDroppedFrames,
  readFrameCounts,
  readRecording,
  readSetup,
} from '../obs/read-back.ts';
import type { SessionBook } from './session-book.ts';
import { recordedMs } from './session-state.ts';
import type { StoredSession } from './session-store.ts';

const lookEveryMs = 1000;
/** From one count of the frames, which change slowly, to the next, in looks. */
const framesEvery = 5;
/** After so many looks in a row at which OBS does not record, the recording is over. */
const idleLooks = 2;
/** The lowest rate that OBS offers among its common ones. */
const slowestFps = 10;

export interface ObserverPorts {
  readonly obs: ObsConnection;
  readonly book: SessionBook;
  readonly live: LiveEvents;
  readonly log: Log;
  /** ms since 1970 */
  readonly now: () => number;
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
  #onIdle: () => void = () => {};
  #looking = false;
  #looks = 0;
  /** Looks in a row at which OBS did not record. */
  #idle = 0;
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

  constructor(ports: ObserverPorts) {
    this.#ports = ports;
  }

  /** Whether OBS can pause this recording; true as long as it is not known. */
  get canPause(): boolean {
    return this.#setup?.kind.canPause ?? true;
  }

  /** Whether FFmpeg's output makes this recording, as far as it is known. */
  get byFfmpeg(): boolean {
    return this.#setup?.kind.ffmpeg ?? false;
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

  /** Begins to observe a session that OBS records now. `onIdle`: OBS does not record, although nobody has called `stop`. */
  observe(sessionId: string, onIdle: () => void): void {
    this.stop();
    // After a lost connection it is the same: OBS goes on counting.
    if (sessionId !== this.#knownId) {
      this.#setup = null;
      this.#last = null;
      this.#bytesBefore = null;
      this.#lostBefore = null;
    }
    this.#sessionId = sessionId;
    this.#knownId = sessionId;
    this.#onIdle = onIdle;
    this.#looks = 0;
    this.#idle = 0;
    void this.#readSetup(sessionId);
    void this.#look();
    this.#timer = setInterval(() => void this.#look(), this.#ports.lookEveryMs ?? lookEveryMs);
  }

  /** The recording is over, or OBS is gone. */
  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    this.#sessionId = null;
  }

  /** One last count of frames, while the output still stands. */
  async stopping(): Promise<void> {
    if (this.#sessionId === null) return;
    await this.#countFrames(this.#sessionId).catch((error: unknown) =>
      this.#ports.log.debug({ err: error }, 'OBS did not tell its frames'),
    );
  }

  /** @param at when OBS showed the scene, ms since 1970 */
  sceneChanged(sessionId: string, name: string, at: number): void {
    this.#ports.book.change(sessionId, (session) => {
      const atMs = Math.round(recordedMs(session.run, at));
      return { ...session, metadata: { ...session.metadata, scenes: [...session.metadata.scenes, { name, atMs }] } };
    });
  }

  status(): RecordingStatus {
    const { book, now } = this.#ports;
    const session = book.active();
    if (!session)
      return { active: false, paused: false, session: null, durationMs: 0, bytes: 0, timecode: '00:00:00.000' };
    const durationMs = Math.round(recordedMs(session.run, now()));
    return {
      active: true,
      paused: session.run.state === 'paused',
      session: book.view(session.id),
      durationMs,
      bytes: this.#last?.bytes ?? 0,
      timecode: this.#last?.timecode ?? '00:00:00.000',
    };
  }

  async #look(): Promise<void> {
    const sessionId = this.#sessionId;
    if (sessionId === null || this.#looking) return;
    this.#looking = true;
    try {
      const { obs, live, book } = this.#ports;
      const counted = await readRecording(obs);
      const onDisk = this.#bytesBefore === null ? await bytesOnDisk(book.store.find(sessionId)) : 0;
      if (sessionId !== this.#sessionId) return;
      this.#idle = counted.active ? 0 : this.#idle + 1;
      if (this.#idle >= idleLooks) this.#onIdle();
      if (!counted.active) return;
      this.#bytesBefore ??= Math.max(0, counted.bytes - onDisk);
      const recording = { ...counted, bytes: Math.max(0, counted.bytes - this.#bytesBefore) };
      this.#last = recording;
      live.publish('recording_status_update', {
        active: true,
        paused: recording.paused,
        sessionId,
        durationMs: recording.durationMs,
        bytes: recording.bytes,
        timecode: recording.timecode,
      });
      const session = book.store.find(sessionId);
      // OBS told STARTED without a path, or with one that makes no sense.
      if (session?.run.files.length === 0 && recording.path !== null) {
        book.apply(sessionId, { type: 'file_changed', at: this.#ports.now(), path: recording.path });
      }
      if (this.#looks++ % framesEvery === 0) await this.#countFrames(sessionId);
    } catch (error) {
      this.#ports.log.debug({ err: error }, 'OBS did not tell how the recording goes');
    } finally {
      this.#looking = false;
    }
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
      this.#setup = setup;
      const { profile, sceneCollection, width, height, fps, scene } = setup;
      const obsVersion = obs.readback?.obsVersion;
      const scenes = book.store.find(sessionId)?.metadata.scenes ?? [];
      this.#note(sessionId, {
        profile,
        sceneCollection,
        width,
        height,
        fps,
        ...(obsVersion === undefined ? {} : { obsVersion }),
        ...(scenes.length === 0 ? { scenes: [{ name: scene, atMs: 0 }] } : {}),
      });
    } catch (error) {
      log.warn({ err: error }, 'OBS did not tell how it is set up');
    }
  }

  /** Writes facts into the metadata, if they are news. */
  #note(sessionId: string, facts: Partial<SessionMetadata>): void {
    const { book } = this.#ports;
    const session = book.store.find(sessionId);
    if (!session) return;
    const before = session.metadata;
    const news = Object.entries(facts).some(([name, value]) => before[name as keyof SessionMetadata] !== value);
    if (!news) return;
    book.change(sessionId, (stored) => ({ ...stored, metadata: { ...stored.metadata, ...facts } }));
  }
}

type Lost = Pick<FrameCounts, 'skipped' | 'missed'>;

/** @param counts since OBS's start. What is noted of the session already was lost during it, before the agent was away. */
function lostBefore({ skipped, missed }: Lost, session: StoredSession | undefined): Lost {
  const { skippedFrames = 0, missedFrames = 0 } = session?.metadata ?? {};
  return { skipped: skipped - skippedFrames, missed: missed - missedFrames };
}

/** Bytes of a session's files as they lie on disk; OBS may hold some seconds more. */
async function bytesOnDisk(session: StoredSession | undefined): Promise<number> {
  const sizes = (session?.run.files ?? []).map(async (file) => (await stat(file.path).catch(() => null))?.size ?? 0);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
