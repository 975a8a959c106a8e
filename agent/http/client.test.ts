import { hc } from 'hono/client';
import { afterAll, beforeAll, expect, expectTypeOf, test } from 'vitest';
import type { SessionsPage } from '../../shared/api.ts';
import type { Session, Upload } from '../../shared/domain.ts';
import type { ErrorInfo } from '../../shared/errors.ts';
import { type FakeAgent, session, startFakeAgent, testToken, upload } from './agent-fixture.ts';
import type { AppType } from './app.ts';

// What the dock does: typed calls made from the agent's routes alone.
const clientFor = (url: string) => hc<AppType>(url, { headers: { authorization: `Bearer ${testToken}` } });
let agent: FakeAgent;
let api: ReturnType<typeof clientFor>['api'];
beforeAll(async () => {
  agent = await startFakeAgent();
  api = clientFor(agent.url).api;
});
afterAll(() => agent.close());

test('starts a recording and knows the session in the answer', async () => {
  const response = await api.integrated.recording.start.$post({
    json: { sessionName: 'Élan', subtitleModel: 'small' },
  });
  if (!response.ok) throw new Error('refused');
  const answer = await response.json();
  expectTypeOf(answer).toEqualTypeOf<{ session: Session }>();
  expect(answer).toEqual({ session });
  expect(agent.calls.at(-1)).toEqual(['start', { sessionName: 'Élan', subtitleModel: 'small' }]);
});

test('stops without a body', async () => {
  expect((await api.integrated.recording.stop.$post()).status).toBe(200);
});

test('lists, changes and forgets sessions', async () => {
  const list = await api.integrated.recordings.$get({ query: { limit: '5' } });
  if (!list.ok) throw new Error('refused');
  const page = await list.json();
  expectTypeOf(page).toEqualTypeOf<SessionsPage>();
  expect(page.sessions).toEqual([session]);
  const one = api.integrated.recordings[':sessionId'];
  expect((await one.$patch({ param: { sessionId: 'session-1' }, json: { notes: 'x' } })).ok).toBe(true);
  expect((await one.$delete({ param: { sessionId: 'session-1' } })).status).toBe(204);
});

test('acts on uploads', async () => {
  const response = await api.integrated.uploads[':id'].retry.$post({ param: { id: 'upload-1' } });
  if (!response.ok) throw new Error('refused');
  const answer = await response.json();
  expectTypeOf(answer).toEqualTypeOf<{ upload: Upload }>();
  expect(answer).toEqual({ upload });
});

test('changes settings and the next session', async () => {
  expect((await api.settings.$put({ json: { obsPort: null } })).ok).toBe(true);
  expect((await api.integrated['next-session'].$put({ json: { name: null, starting: 'dock' } })).ok).toBe(true);
});

test('knows the error in a refusal', async () => {
  const response = await api.integrated.recordings[':sessionId'].$get({ param: { sessionId: 'nobody' } });
  if (response.ok) throw new Error('not refused');
  const { error } = await response.json();
  expectTypeOf(error).toEqualTypeOf<ErrorInfo>();
  expect(error.code).toBe('session_not_found');
});

test('refuses at compile time what the agent would refuse', () => {
  // Never run: the compiler is the test.
  const wrong = (): void => {
    // @ts-expect-error: no such model
    void api.integrated.recording.start.$post({ json: { subtitleModel: 'huge' } });
    // @ts-expect-error: the id is missing
    void api.integrated.uploads[':id'].cancel.$post({ param: {} });
  };
  expect(wrong).toBeTypeOf('function');
});
