/**
 * With both destinations set up a recording is sent once: to Object Storage. The upload to the processing server waits for that
 * one (`afterUploadId`), and the server gets a link to the object. Where it cannot fetch from a link, it is sent the file.
 */
import type { Destination } from '../../shared/domain.ts';
import type { DestinationDriver, SendJob } from './destinations/destination.ts';
import { isOpen } from './upload-state.ts';
import type { UploadRecord, UploadStore } from './upload-store.ts';

/** A server that could not fetch the file in so many attempts is sent it. */
const mostSourceAttempts = 3;

export interface SendOncePorts {
  readonly uploads: Pick<UploadStore, 'get'>;
  readonly drivers: readonly DestinationDriver[];
  /** Called by a driver that has its server fetch the file: makes the link. null: nobody can make one. */
  readonly presign: ((uploadId: string) => Promise<string>) | null;
}

export class SendOnce {
  readonly #ports: SendOncePorts;

  constructor(ports: SendOncePorts) {
    this.#ports = ports;
  }

  /**
   * The destinations that uploads to this one wait for, where they name an upload to go first: all that are set up, if the
   * server fetches from links, or may turn out to.
   */
  waitsFor(driver: DestinationDriver): Destination[] {
    if (driver.acceptsSource === undefined || driver.acceptsSource() === false) return [];
    return this.#ports.drivers.filter((each) => each.configured()).map(({ id }) => id);
  }

  /** Whether an upload waits now for the one that goes first. */
  waits({ state, afterUploadId, destination }: UploadRecord): boolean {
    if (afterUploadId === null || (state !== 'queued' && state !== 'waiting')) return false;
    const driver = this.#ports.drivers.find(({ id }) => id === destination);
    const first = this.#ports.uploads.get(afterUploadId);
    if (driver === undefined || first === undefined) return false;
    return isOpen(first.state) && this.waitsFor(driver).includes(first.destination);
  }

  /** `SendJob.source` of an attempt: the object that the first upload made, if its content is the same. */
  sourceOf(driver: DestinationDriver, record: UploadRecord): SendJob['source'] {
    const { presign, uploads } = this.#ports;
    const first = record.afterUploadId === null ? undefined : uploads.get(record.afterUploadId);
    if (presign === null || first?.state !== 'completed' || driver.acceptsSource?.() !== true) return null;
    const isSame = first.bytesTotal === record.bytesTotal && first.fileModifiedAt === record.fileModifiedAt;
    return isSame && record.attempts <= mostSourceAttempts ? () => presign(first.id) : null;
  }
}
