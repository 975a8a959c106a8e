import { beforeEach, describe, expect, test } from 'vitest';
import { errorInfo, StreamAIError } from '../../../shared/errors.ts';
import type { DestinationDriver } from './destination.ts';
import { Destinations } from './destinations-service.ts';
import type { StoredObjects } from './stored-objects.ts';

/** A destination that is set up or not, and whose health is asked for. */
class AskedDriver implements DestinationDriver {
  readonly id: DestinationDriver['id'];
  usable = true;
  reachable: boolean | null = null;
  healthChecks = 0;

  constructor(id: DestinationDriver['id']) {
    this.id = id;
  }

  configured(): boolean {
    return this.usable;
  }

  status(): ReturnType<DestinationDriver['status']> {
    const { id, usable: configured, reachable } = this;
    return { id, configured, reachable, address: null, proxy: null, embedded: false, problem: null };
  }

  async send(): Promise<never> {
    throw new Error('nothing is sent here');
  }

  async checkHealth(): Promise<void> {
    this.healthChecks += 1;
  }

  async close(): Promise<void> {}
}

let storage: AskedDriver;
let processing: AskedDriver;
let objects: StoredObjects;
beforeEach(() => {
  storage = new AskedDriver('object-storage');
  processing = new AskedDriver('processing');
  objects = {
    test: async () => ({ problem: errorInfo('storage_bucket_missing', {}), notice: null }),
    verify: async () => null,
    presign: async () => ({ url: '', expiresAt: 0 }),
    orphans: async () => [{ key: 'a', uploadId: 'u', initiatedAt: 0, bytes: 5, young: false, station: null }],
    abortOrphan: async () => {},
  };
});
const service = () => new Destinations([storage, processing], objects);

describe('a test', () => {
  test('tells what there is to say although it works', async () => {
    const notice = errorInfo('storage_test_stays', { key: '.streamai-test-s', right: 's3:DeleteObject' });
    objects = { ...objects, test: async () => ({ problem: null, notice }) };
    expect(await service().test('object-storage')).toEqual({ ok: true, problem: null, notice });
  });

  test('of Object Storage says what its round trip found', async () => {
    expect(await service().test('object-storage')).toMatchObject({
      ok: false,
      problem: { code: 'storage_bucket_missing' },
    });
  });

  test('of a processing server asks it, and an answer that never came is a problem', async () => {
    expect(await service().test('processing')).toMatchObject({ ok: false, problem: { code: 'destination_timeout' } });
    expect(processing.healthChecks).toBe(1);
    processing.reachable = true;
    expect(await service().test('processing')).toEqual({ ok: true, problem: null });
  });
});

test('what is not set up is said', async () => {
  storage.usable = false;
  const error = { code: 'destination_not_configured' };
  await expect(service().test('object-storage')).rejects.toMatchObject(error);
  await expect(service().orphans()).rejects.toMatchObject(error);
  await expect(service().abortOrphan({ key: 'a', uploadId: 'u' })).rejects.toMatchObject(error);
});

test('orphans are listed with their time', async () => {
  expect(await service().orphans()).toEqual([
    { key: 'a', uploadId: 'u', initiatedAt: '1970-01-01T00:00:00.000Z', bytes: 5, young: false, station: null },
  ]);
});

test('a store that does not answer is left when the agent ends', async () => {
  objects = {
    ...objects,
    orphans: (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  };
  const destinations = service();
  const asked = destinations.orphans();
  destinations.close();
  await expect(asked).rejects.toBeInstanceOf(StreamAIError);
});
