/** Destinations as REST uses them: what they are, whether they work, and what lies around in the bucket. */
import type { Destination } from '../../../shared/domain.ts';
import { type ErrorInfo, errorInfo, StreamAIError } from '../../../shared/errors.ts';
import type { DestinationsService } from '../../services.ts';
import type { DestinationDriver } from './destination.ts';
import type { StoredObjects } from './stored-objects.ts';

/** Whoever asks waits for it (ms). */
const longestMs = 60_000;

export function createDestinations(
  drivers: readonly DestinationDriver[],
  objects: StoredObjects,
  closing: AbortSignal,
): DestinationsService {
  const bounded = (): AbortSignal => AbortSignal.any([closing, AbortSignal.timeout(longestMs)]);
  const configured = (id: Destination): DestinationDriver => {
    const driver = drivers.find((each) => each.id === id);
    if (driver?.configured() !== true) throw new StreamAIError('destination_not_configured', { destination: id });
    return driver;
  };
  const inTime = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const signal = bounded();
    try {
      return await work(signal);
    } catch (error) {
      if (error instanceof StreamAIError || !signal.aborted) throw error;
      throw new StreamAIError('storage_timeout', {}, { cause: error });
    }
  };
  /** Its health is all that can be tried of a processing server without giving it a file to work on. */
  const tested = async (driver: DestinationDriver): Promise<ErrorInfo | null> => {
    if (driver.id === 'object-storage') return inTime((signal) => objects.test(signal));
    await driver.checkHealth();
    const { reachable, problem } = driver.status();
    return problem ?? (reachable === true ? null : errorInfo('destination_timeout'));
  };
  return {
    status: () => drivers.map((driver) => driver.status()),
    async test(id) {
      const problem = await tested(configured(id));
      return { ok: problem === null, problem };
    },
    async orphans() {
      configured('object-storage');
      const orphans = await inTime((signal) => objects.orphans(signal));
      return orphans.map(({ key, uploadId, initiatedAt, bytes }) => ({
        key,
        uploadId,
        initiatedAt: initiatedAt === null ? null : new Date(initiatedAt).toISOString(),
        bytes,
      }));
    },
    async abortOrphan(orphan) {
      configured('object-storage');
      await inTime((signal) => objects.abortOrphan(orphan, signal));
    },
  };
}
