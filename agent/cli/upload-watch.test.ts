import { expect, test } from 'vitest';
import type { Upload } from '../../shared/domain.ts';
import type { LiveEvent } from '../../shared/live.ts';
import { uploadFixture } from '../../shared/upload-fixture.ts';
import { UploadWatch } from './upload-watch.ts';

function world() {
  let tell: (event: LiveEvent) => void = () => {};
  const closed = Promise.withResolvers<number>();
  const watch = new UploadWatch({ listen: (listener) => (tell = listener), closed: closed.promise });
  const timestamp = new Date().toISOString();
  return {
    watch,
    close: () => closed.resolve(1001),
    updated: (data: Upload, type: 'upload_updated' | 'upload_completed' | 'upload_failed' = 'upload_updated') =>
      tell({ type, timestamp, data }),
    progress: (data: Upload) => tell({ type: 'upload_progress', timestamp, data: { ...data, uploadId: data.id } }),
  };
}
const first = uploadFixture({ id: 'a', state: 'uploading', bytesTotal: 100, bytesSent: 0 });
const second = { ...first, id: 'b' };

test('tells how far they are, and ends when all are settled', async () => {
  const { watch, updated, progress } = world();
  const seen: string[] = [];
  const settled = watch.settled([first, second], (uploads) => {
    seen.push(uploads.map(({ state, bytesSent }) => `${state} ${bytesSent}`).join(', '));
  });
  updated(first);
  progress({ ...first, bytesSent: 40 });
  updated({ ...first, state: 'completed', bytesSent: 100 }, 'upload_completed');
  updated({ ...second, state: 'failed' }, 'upload_failed');
  expect((await settled)?.map(({ state }) => state)).toEqual(['completed', 'failed']);
  expect(seen).toEqual([
    'uploading 0, uploading 0',
    'uploading 0, uploading 0',
    'uploading 40, uploading 0',
    'completed 100, uploading 0',
    'completed 100, failed 0',
  ]);
});

test('what was told before the answer came counts', async () => {
  const { watch, updated } = world();
  updated({ ...first, state: 'completed' }, 'upload_completed');
  expect((await watch.settled([first], () => {}))?.[0]?.state).toBe('completed');
});

test('ends with nothing when the agent goes away', async () => {
  const { watch, close } = world();
  const settled = watch.settled([first], () => {});
  close();
  expect(await settled).toBeNull();
});
