/** The beginning of a session, whoever noticed it, and its going on where it had been given up or was not seen for a while. */
import type { Log } from '../log.ts';
import type { FileNaming } from '../obs/file-naming.ts';
import { isAddress, type RecordPlace } from '../obs/protocol.ts';
import type { RecordingNow } from '../obs/read-back.ts';
import type { SceneWatch } from '../obs/scene-watch.ts';
import { goesOn } from './agreement.ts';
import type { FileCloser } from './file-closer.ts';
import type { NextSessionKeeper } from './next-session.ts';
import type { Observer } from './observer.ts';
import { encoderMs, type Heard, type RecordedClock } from './recorded-clock.ts';
import type { SessionBook } from './session-book.ts';
import { begin, isActive, type Moment } from './session-state.ts';
import type { StoredSession } from './session-store.ts';
import type { SessionUploads } from './session-uploads.ts';
import type { SplitWatch } from './split-watch.ts';
import type { StartIntents } from './start-intent.ts';
import type { Thumbnails } from './thumbnails.ts';

export interface SessionBeginsPorts {
  readonly book: SessionBook;
  readonly next: NextSessionKeeper;
  readonly intents: Pick<StartIntents, 'take'>;
  readonly naming: Pick<FileNaming, 'restore'>;
  readonly closer: Pick<FileCloser, 'abandon'>;
  readonly observer: Pick<Observer, 'observe'>;
  readonly place: Pick<SceneWatch, 'now'>;
  readonly recorded: RecordedClock;
  readonly splits: Pick<SplitWatch, 'remember'>;
  readonly thumbnails: Pick<Thumbnails, 'takeSoon' | 'close'>;
  readonly uploads: Pick<SessionUploads, 'fileGoesOn'>;
  readonly log: Log;
}

export interface BeginDetails {
  readonly heard: Heard;
  /** So much of it was recorded by then, ms. Left out: OBS's event told of its start. */
  readonly recordedMs?: number;
  readonly paused?: boolean;
}

export class SessionBegins {
  readonly #ports: SessionBeginsPorts;

  constructor(ports: SessionBeginsPorts) {
    this.#ports = ports;
  }

  close(): void {
    this.#ports.thumbnails.close();
  }

  async open({ path: file, elsewhere }: RecordPlace, details: BeginDetails): Promise<StoredSession> {
    const { book, next, intents, naming, observer, place, recorded, splits, thumbnails, log } = this.#ports;
    const { heard, recordedMs = 0, paused = false } = details;
    const at: Moment = { date: heard.date, recordedMs, elapsedMs: recordedMs };
    const run = begin(at, file);
    const intent = intents.take();
    const chosen = next.get();
    const named = next.namingFor(intent ? intent.name : chosen.name, run.startedAt);
    const { scene } = place.now;
    const scenes = scene === '' ? [] : [{ name: scene, atMs: recordedMs }];
    const session = book.open(
      {
        name: named.name,
        startedBy: intent?.by ?? 'obs',
        autoUpload: intent?.autoUpload ?? chosen.autoUpload,
        subtitleModel: intent?.subtitleModel ?? chosen.subtitleModel,
        priority: intent?.priority ?? chosen.priority,
        notes: '',
        metadata: { number: named.number, fields: { ...named.fields }, scenes, pauses: [] },
        run,
      },
      () => next.consume(named),
    );
    recorded.begin(session.id, at, heard, paused);
    if (paused) book.apply(session.id, { type: 'paused', at });
    log.info({ session: session.name, file, by: session.startedBy }, 'recording started');
    if (elsewhere !== null) this.#noFileHere(session, elsewhere);
    observer.observe(session.id, details.recordedMs === undefined);
    thumbnails.takeSoon(session.id);
    // Not awaited: the recording's next event must not wait for OBS's answers to these.
    void naming.restore();
    splits.remember(session).catch((error: unknown) => log.warn({ err: error }, 'the record output was not noted'));
    return session;
  }

  /** OBS writes it where we cannot read. */
  #noFileHere({ id, name }: StoredSession, elsewhere: string): void {
    const { book, log } = this.#ports;
    log.warn({ session: name, elsewhere }, 'what OBS records is not reachable from here');
    if (isAddress(elsewhere)) book.notice(id, 'recorded_elsewhere', { address: elsewhere });
    else book.notice(id, 'path_not_reachable', { path: elsewhere });
  }

  /** The session that OBS is recording: the active one, or one that was given up too early. */
  sessionOf(recording: RecordingNow, active: StoredSession | undefined): StoredSession | undefined {
    if (!recording.active) return undefined;
    if (active && (recording.path === null || active.run.files.length === 0)) return active;
    const known = recording.path === null ? undefined : this.#ports.book.store.byPath(recording.path);
    // OBS itself ended that session, or it had got further: what OBS records now is a new recording, at the path of the old one.
    if (known === undefined || known.run.ending === 'stopped') return undefined;
    return goesOn(recording.durationMs, known.run.asOf.recordedMs - encoderMs) ? known : undefined;
  }

  /** The session is as OBS says, however it was meanwhile. */
  takeUp(session: StoredSession, recording: RecordingNow): void {
    const { book, closer, uploads, recorded } = this.#ports;
    const heard = { ...recorded.now(), monotonicMs: recording.answeredAt };
    recorded.takeUp(session.id, session.run.asOf, recording, heard);
    const { paused } = recording;
    book.apply(session.id, { type: 'revived', paused, at: recorded.moment(session.id, session.run.asOf, heard) });
    if (isActive(session.run.state)) return;
    // In this order: if the agent is killed between the two, the session counts as recorded by OBS, so its file is closed and
    // queued again. The other way round it would stay ended with its upload withdrawn, and nothing would ever send it.
    // OBS writes its last file again: nobody may wait for its end or upload it now.
    closer.abandon(session);
    uploads.fileGoesOn(session);
  }
}
