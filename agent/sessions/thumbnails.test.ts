import { expect, test, vi } from 'vitest';
import { createLog } from '../log.ts';
import type { ObsConnection } from '../obs/connection.ts';
import { responses } from '../obs/protocol.ts';
import { bookFixture } from './book-fixture.ts';
import { ThumbnailStore } from './thumbnail-store.ts';
import { jpegOf, Thumbnails } from './thumbnails.ts';

const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 0xff, 0xd9]);
const uri = (bytes: Buffer, type = 'image/jpg'): string => `data:${type};base64,${bytes.toString('base64')}`;

test.each([uri(jpeg), uri(jpeg, 'image/jpeg')])('a JPEG is taken', (text) => {
  expect(jpegOf(text)).toEqual(jpeg);
});

const large = Buffer.concat([jpeg.subarray(0, 4), Buffer.alloc(128 * 1024), jpeg.subarray(-2)]);
test.each([
  ['nothing', ''],
  ['another type', uri(jpeg, 'image/png')],
  ['a page', uri(Buffer.from('<svg onload=alert(1)>'), 'image/svg+xml')],
  ['a page that calls itself JPEG', uri(Buffer.from('<html><script>'))],
  ['a cut one', uri(jpeg.subarray(0, -1))],
  ['a tiny one', uri(Buffer.from([0xff, 0xd8, 0xff]))],
  ['no base64', 'data:image/jpeg;base64,%%%'],
  ['more behind it', `${uri(jpeg)}\n`],
  ['too many bytes', uri(large)],
  ['an address', 'http://192.0.2.1/a.jpg'],
])('%s is not', (_, text) => {
  expect(jpegOf(text)).toBeNull();
});

function rig(ask: ObsConnection['ask']) {
  const { database, book, events, open } = bookFixture(() => 0);
  const store = new ThumbnailStore(database);
  const id = open('/rec/a.mp4');
  events.length = 0;
  const log = createLog({ level: 'silent' });
  return { id, book, store, events, thumbnails: new Thumbnails({ obs: { ask }, store, book, log, waitMs: 1 }) };
}

test('the picture of the program scene is kept, announced, and gone with its session', async () => {
  // OBS knows the scene by this name alone; people are shown “Caméra 1”.
  const exactName = 'Cam\u202eéra\u0007 1';
  const ask = vi.fn(async (request: string, data?: { sourceName: string }) => {
    if (request !== 'GetSourceScreenshot') {
      return responses.GetCurrentProgramScene.parse({ currentProgramSceneName: exactName });
    }
    if (data?.sourceName !== exactName) throw new Error('No source was found');
    return { imageData: uri(jpeg) };
  });
  const { id, book, store, events, thumbnails } = rig(ask as unknown as ObsConnection['ask']);
  thumbnails.takeSoon(id);
  expect(ask).not.toHaveBeenCalled();
  await vi.waitFor(() => expect(events).toMatchObject([{ type: 'session_updated', data: { id, thumbnail: true } }]));
  expect(ask).toHaveBeenLastCalledWith('GetSourceScreenshot', expect.objectContaining({ imageWidth: 320 }));
  expect(Buffer.from(store.get(id) ?? [])).toEqual(jpeg);
  book.store.delete(id);
  expect(store.get(id)).toBeUndefined();
});

test.each<[string, () => Promise<unknown>]>([
  ['OBS fails', () => Promise.reject(new Error('no'))],
  ['OBS sends something else', async () => ({ imageData: uri(jpeg, 'image/png') })],
])('%s: there is none, and nothing else happens', async (_, answer) => {
  const ask = vi.fn(answer);
  const { id, store, events, book, thumbnails } = rig(ask as unknown as ObsConnection['ask']);
  thumbnails.takeSoon(id);
  await vi.waitFor(() => expect(ask).toHaveBeenCalled());
  await ask.mock.results[0]?.value.catch(() => undefined);
  expect(store.get(id)).toBeUndefined();
  expect(book.view(id).thumbnail).toBe(false);
  expect(events).toEqual([]);
});

test('a session that is forgotten meanwhile gets none', async () => {
  const { promise, resolve } = Promise.withResolvers<{ imageData: string }>();
  const ask = vi.fn(() => promise);
  const { id, book, store, events, thumbnails } = rig(ask as unknown as ObsConnection['ask']);
  thumbnails.takeSoon(id);
  await vi.waitFor(() => expect(ask).toHaveBeenCalled());
  book.store.delete(id);
  resolve({ imageData: uri(jpeg) });
  await promise;
  expect(store.get(id)).toBeUndefined();
  expect(events).toEqual([]);
});
