import { expect, test } from 'vitest';
import type { Recording } from '../../shared/domain.ts';
import { session, upload } from '../http/agent-fixture.ts';
import { createRig } from '../uploads/queue-fixture.ts';
import { applyChoices } from './apply-choices.ts';

const recording = (id: string, state: Recording['state'], uploads: Recording['uploads'] = []): Recording => ({
  id,
  sessionId: 's',
  number: 1,
  path: `/${id}.mkv`,
  fileName: `${id}.mkv`,
  state,
  bytes: 1000,
  container: 'mkv',
  finalised: true,
  startedAt: session.startedAt,
  endedAt: null,
  uploads,
});
const now = { ...session, id: 's', subtitleModel: 'large', priority: 9 } as const;

test('uploads that wait take the new model and priority and go first; each is announced', async () => {
  const rig = await createRig();
  const first = rig.enqueue('r1');
  const second = rig.enqueue('r2');
  rig.events.length = 0;
  applyChoices(now, { subtitleModel: 'large', priority: 9 }, rig.uploads);
  for (const { id } of [first, second])
    expect(rig.uploads.get(id)).toMatchObject({ subtitleModel: 'large', priority: 9 });
  expect(rig.events.map(({ type }) => type)).toEqual(['upload_updated', 'upload_updated']);
  applyChoices(now, { priority: 9 }, rig.uploads);
  expect(rig.events).toHaveLength(2);
});

test('one that is on its way to the server has told its model already; its next attempt is another request', async () => {
  const rig = await createRig();
  const { id } = rig.enqueue('r1');
  rig.uploads.start();
  const sending = await rig.driver.sending(1);
  applyChoices(now, { subtitleModel: 'large' }, rig.uploads);
  expect(rig.uploads.get(id).subtitleModel).toBe('base');
  sending.fail(new Error('broken'));
  await rig.state(id, 'waiting');
  applyChoices(now, { subtitleModel: 'large' }, rig.uploads);
  rig.uploads.retry(id);
  const again = await rig.driver.sending(2);
  expect(again.job.upload.subtitleModel).toBe('large');
  // The server may know the first key, with the old model.
  expect(again.job.generation).toBe(sending.job.generation + 1);
});

test('what has arrived keeps the model that it arrived with', async () => {
  const rig = await createRig();
  const { id } = rig.enqueue('r1');
  rig.uploads.start();
  (await rig.driver.sending(1)).succeed();
  await rig.state(id, 'completed');
  applyChoices(now, { subtitleModel: 'large', priority: 9 }, rig.uploads);
  expect(rig.uploads.get(id)).toMatchObject({ state: 'completed', subtitleModel: 'base', priority: 1 });
});

test('auto-upload switched on takes the files that are closed and have no upload', async () => {
  const rig = await createRig();
  const recordings = [recording('r1', 'ready'), recording('r2', 'writing'), recording('r3', 'ready', [upload])];
  applyChoices({ ...now, recordings }, { autoUpload: true }, rig.uploads);
  const found = rig.uploads.ofRecordings(['r1', 'r2', 'r3']);
  expect([...found.keys()]).toEqual(['r1']);
  expect(found.get('r1')).toMatchObject([{ subtitleModel: 'large', priority: 9, manual: false, state: 'queued' }]);
});

test.each([{ autoUpload: false }, {}])('%j queues nothing and changes nothing', async (change) => {
  const rig = await createRig();
  const { id } = rig.enqueue('r1');
  applyChoices({ ...now, recordings: [recording('r2', 'ready')] }, change, rig.uploads);
  expect(rig.uploads.get(id)).toMatchObject({ state: 'queued', subtitleModel: 'base' });
  expect(rig.uploads.ofRecordings(['r2']).size).toBe(0);
});
