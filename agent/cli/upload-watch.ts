/** Uploads as the live events tell of them, until every one is settled. */
import type { Upload } from '../../shared/domain.ts';
import type { LiveEvent } from '../../shared/live.ts';
import type { AgentClient } from './client.ts';

const settledStates: readonly Upload['state'][] = ['completed', 'failed', 'cancelled'];

export class UploadWatch {
  /** What was heard last of each, also of those that nobody has asked for yet. */
  readonly #latest = new Map<string, Upload>();
  readonly #closed: Promise<unknown>;
  #onChange: () => void = () => {};

  /** Listens from now on: made before the uploads are asked for, it misses nothing. */
  constructor(agent: Pick<AgentClient, 'listen' | 'closed'>) {
    this.#closed = agent.closed;
    agent.listen((event) => this.#hear(event));
  }

  /**
   * @param asked as the agent answered them @param onChange called with them as they are now
   * @returns them once all are settled; null when the agent has gone away
   */
  async settled(asked: readonly Upload[], onChange: (uploads: readonly Upload[]) => void): Promise<Upload[] | null> {
    const now = (): Upload[] => asked.map((upload) => this.#latest.get(upload.id) ?? upload);
    const done = Promise.withResolvers<Upload[]>();
    this.#onChange = () => {
      const uploads = now();
      onChange(uploads);
      if (uploads.every(({ state }) => settledStates.includes(state))) done.resolve(uploads);
    };
    this.#onChange();
    return Promise.race([done.promise, this.#closed.then(() => null)]);
  }

  #hear({ type, data }: LiveEvent): void {
    if (type === 'upload_updated' || type === 'upload_completed' || type === 'upload_failed') {
      this.#latest.set(data.id, data);
    } else if (type === 'upload_progress') {
      const { uploadId, bytesSent, bytesTotal, bytesPerSecond, parts, phase, behindMs } = data;
      const before = this.#latest.get(uploadId);
      if (before === undefined) return;
      this.#latest.set(uploadId, { ...before, bytesSent, bytesTotal, bytesPerSecond, parts, phase, behindMs });
    } else return;
    this.#onChange();
  }
}
