/** Destinations as REST uses them: what they are, whether they work, and what lies around in the bucket. */
import type { AbortOrphan, DestinationTest, Orphan } from '../../../shared/api.ts';
import type { Destination, DestinationStatus } from '../../../shared/domain.ts';
import { errorInfo, StreamAIError } from '../../../shared/errors.ts';
import type { DestinationsService } from '../../services.ts';
import type { DestinationDriver } from './destination.ts';
import type { StoredObjects, StoreTest } from './stored-objects.ts';

/** Whoever asks waits for it (ms). */
const longestMs = 60_000;

export class Destinations implements DestinationsService {
  readonly #drivers: readonly DestinationDriver[];
  readonly #objects: StoredObjects;
  readonly #closing = new AbortController();

  /** @param objects what Object Storage can do beside sending */
  constructor(drivers: readonly DestinationDriver[], objects: StoredObjects) {
    this.#drivers = drivers;
    this.#objects = objects;
  }

  status(): DestinationStatus[] {
    return this.#drivers.map((driver) => driver.status());
  }

  async test(id: Destination): Promise<DestinationTest> {
    const { problem, notice } = await this.#tested(this.#configured(id));
    return { ok: problem === null, problem, ...(notice !== null && { notice }) };
  }

  async orphans(): Promise<Orphan[]> {
    this.#configured('object-storage');
    const orphans = await this.#inTime((signal) => this.#objects.orphans(signal));
    return orphans.map(({ key, uploadId, initiatedAt, bytes, young, station }) => ({
      key,
      uploadId,
      initiatedAt: initiatedAt === null ? null : new Date(initiatedAt).toISOString(),
      bytes,
      young,
      station,
    }));
  }

  async abortOrphan({ confirm = false, ...orphan }: AbortOrphan): Promise<void> {
    this.#configured('object-storage');
    await this.#inTime((signal) => this.#objects.abortOrphan(orphan, confirm, signal));
  }

  /** Ends what is being tried. */
  close(): void {
    this.#closing.abort();
  }

  #configured(id: Destination): DestinationDriver {
    const driver = this.#drivers.find((each) => each.id === id);
    if (driver?.configured() !== true) throw new StreamAIError('destination_not_configured', { destination: id });
    return driver;
  }

  async #inTime<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(longestMs)]);
    try {
      return await work(signal);
    } catch (error) {
      if (error instanceof StreamAIError || !signal.aborted) throw error;
      throw new StreamAIError('storage_timeout', {}, { cause: error });
    }
  }

  /** Its health is all that can be tried of a processing server without giving it a file to work on. */
  async #tested(driver: DestinationDriver): Promise<StoreTest> {
    if (driver.id === 'object-storage') return this.#inTime((signal) => this.#objects.test(signal));
    await driver.checkHealth();
    const { reachable, problem } = driver.status();
    return { problem: problem ?? (reachable === true ? null : errorInfo('destination_timeout')), notice: null };
  }
}
