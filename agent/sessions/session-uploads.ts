/** Upload while recording, as sessions see it: keeps an upload of each file that OBS writes, as long as it is wanted. */
import type { Settings } from '../../shared/settings.ts';
import type { SessionBook } from './session-book.ts';
import type { StoredSession } from './session-store.ts';

export interface LiveFilesPorts {
  readonly book: SessionBook;
  settings(): Pick<Settings, 'uploadWhileRecording'>;
  readonly uploads: {
    follow(file: {
      readonly sessionId: string;
      readonly recordingId: string;
      readonly subtitleModel: StoredSession['subtitleModel'];
      readonly priority: number;
      readonly manual: false;
      readonly bytesTotal: number;
    }): void;
    withdraw(recordingId: string): boolean;
  };
}

export class LiveFiles {
  readonly #ports: LiveFilesPorts;

  constructor(ports: LiveFilesPorts) {
    this.#ports = ports;
    ports.book.onChange((session) => this.#look(session));
  }

  /** Recordings that OBS writes or closes. */
  writing(): string[] {
    return this.#ports.book.store
      .unfinished()
      .flatMap(({ run, fileIds }) => fileIds.filter((_, index) => isOpen(run.files[index]?.state)));
  }

  /** Settings or destinations changed, or the agent has just started. */
  look(): void {
    for (const session of this.#ports.book.store.unfinished()) this.#look(session);
  }

  #look(session: StoredSession): void {
    const { book, uploads, settings } = this.#ports;
    const { id: sessionId, subtitleModel, priority } = session;
    let withdrawn = false;
    for (const [index, { state }] of session.run.files.entries()) {
      const recordingId = session.fileIds[index];
      if (recordingId === undefined || !isOpen(state)) continue;
      if (!session.autoUpload) withdrawn = uploads.withdraw(recordingId) || withdrawn;
      else if (state === 'writing' && settings().uploadWhileRecording) {
        uploads.follow({ sessionId, recordingId, subtitleModel, priority, manual: false, bytesTotal: 0 });
      }
    }
    if (withdrawn) book.announce(sessionId);
  }
}

const isOpen = (state: string | undefined): boolean => state === 'writing' || state === 'finalising';
