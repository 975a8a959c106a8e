import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { type ErrorInfo, errorInfo } from '../../shared/errors.ts';
import { type FakeAgent, fakeServices, session, startFakeAgent, testToken, upload } from './agent-fixture.ts';
import { probe } from './http-fixture.ts';
import { connectLive, type LiveClient } from './live-fixture.ts';
import { localisedJson } from './localise.ts';

const offline = errorInfo('offline');
const enOffline = offline.message;
const frOffline = errorInfo('offline', {}, 'fr').message;

describe('errors inside a value', () => {
  const translated = (value: unknown): unknown => JSON.parse(localisedJson(value, 'fr'));

  test('are told in the language, with their parameters, at any depth', () => {
    const problem = errorInfo('folder_unreadable', { folder: '/x', reason: 'y' });
    const obs = { pauseProblem: errorInfo('pause_unavailable'), splitProblem: null };
    const result = translated({
      a: [{ error: offline, notice: problem }],
      problem: null,
      notices: [offline, 'x'],
      obs,
    });
    expect(result).toEqual({
      obs: { pauseProblem: errorInfo('pause_unavailable', {}, 'fr'), splitProblem: null },
      a: [
        {
          error: errorInfo('offline', {}, 'fr'),
          notice: errorInfo('folder_unreadable', { folder: '/x', reason: 'y' }, 'fr'),
        },
      ],
      problem: null,
      notices: [errorInfo('offline', {}, 'fr'), 'x'],
    });
  });

  test('keep their texts where their code is unknown', () => {
    const unknown: ErrorInfo = { code: 'of_a_newer_agent', message: 'm', fix: 'f' };
    expect(translated({ error: unknown })).toEqual({ error: unknown });
  });

  test.each(['notices', 'changes', 'undo', 'notes'])('are told in a list: %s', (field) => {
    expect(translated({ [field]: [offline] })).toEqual({ [field]: [errorInfo('offline', {}, 'fr')] });
  });

  test.each([
    { results: { code: 'offline', message: enOffline } },
    { error: 'offline' },
    { error: { code: 'offline' } },
    { problem: { code: 5, message: 'm' } },
  ])('what only looks like one stays: %j', (value) => expect(translated(value)).toEqual(value));

  test('are kept in English', () =>
    expect(JSON.parse(localisedJson({ error: offline }, 'en'))).toEqual({ error: offline }));
});

/** An agent whose session, destination, OBS and tests all have something to tell. */
async function troubled(): Promise<FakeAgent> {
  const { services } = fakeServices();
  const waiting = { ...upload, error: offline, notice: offline };
  const recording = { id: 'r', sessionId: session.id, number: 1, path: '/a', fileName: 'a', state: 'ready' as const };
  const times = { startedAt: session.startedAt, endedAt: null };
  const rest = { bytes: 1, startMs: 0, container: null, finalised: null, ...times, uploads: [waiting] };
  const known = { ...session, recordings: [{ ...recording, ...rest }] };
  const obs = { ...services.obs.status(), problem: offline };
  const status = { ...services.status(), obs, sessions: [known] };
  return startFakeAgent({
    services: {
      status: () => status,
      snapshot: () => ({ ...status, settings: services.settings.view() }),
      sessions: { ...services.sessions, get: () => known, list: () => ({ sessions: [known], nextCursor: null }) },
      obs: { ...services.obs, status: () => obs },
      destinations: { ...services.destinations, test: async () => ({ ok: false, problem: offline }) },
      uploads: {
        ...services.uploads,
        retry: () => waiting,
        verify: async () => ({ verified: false, checkedAt: session.startedAt, problem: offline }),
      },
    },
  });
}

let agent: FakeAgent | null = null;
afterEach(async () => {
  await agent?.close();
  agent = null;
});

describe('REST', () => {
  test.each([
    ['GET', '/api/integrated/status', 2 + 1],
    ['GET', '/api/integrated/recordings', 2],
    ['GET', '/api/integrated/recordings/session-1', 2],
    ['POST', '/api/integrated/uploads/upload-1/retry', 2],
    ['POST', '/api/integrated/uploads/upload-1/verify', 1],
    ['POST', '/api/destinations/processing/test', 1],
    ['POST', '/api/obs/reconnect', 1],
  ])('%s %s tells its errors in the language asked for', async (method, path, count) => {
    agent = await troubled();
    const ask = (language?: string) => {
      const headers = { authorization: `Bearer ${testToken}`, ...(language && { 'accept-language': language }) };
      return probe(agent?.port ?? 0, { method, path, headers });
    };
    const french = await ask('fr-CA,fr;q=0.9,en;q=0.8');
    expect(french.status).toBe(200);
    expect(french.headers['content-language']).toBe('fr');
    expect(french.headers['content-type']).toMatch(/^application\/json/);
    expect(french.headers['x-content-type-options']).toBe('nosniff');
    expect(french.text.split(frOffline)).toHaveLength(count + 1);
    expect(french.text).not.toContain(enOffline);
    for (const language of [undefined, 'en', 'de']) {
      const english = await ask(language);
      expect(english.text.split(enOffline)).toHaveLength(count + 1);
      expect(english.text).not.toContain(frOffline);
    }
  });
});

describe('the live channel', () => {
  const hello = async (language?: string): Promise<LiveClient> => {
    const client = await connectLive(agent?.host ?? '');
    onTestFinished(() => client.socket.terminate());
    client.send({ type: 'hello', token: testToken, ...(language && { language }) });
    return client;
  };

  test('tells each client errors in its own language: snapshot and events', async () => {
    agent = await troubled();
    const clients = { fr: await hello('fr'), en: await hello('en'), none: await hello() };
    for (const client of Object.values(clients)) await client.received(1);
    agent.services.live.publish('upload_updated', { ...upload, error: offline });
    agent.services.live.publish('error', offline);
    for (const [language, client] of Object.entries(clients)) {
      const expected = language === 'fr' ? frOffline : enOffline;
      const [snapshot, updated, error] = await client.received(3);
      expect(snapshot).toMatchObject({ type: 'snapshot', data: { obs: { problem: { message: expected } } } });
      expect(updated).toMatchObject({
        type: 'upload_updated',
        data: { error: { code: 'offline', message: expected } },
      });
      expect(error).toMatchObject({ type: 'error', data: { message: expected } });
    }
  });

  test('closes a client that asks for a language there is not', async () => {
    agent = await troubled();
    expect(await (await hello('de')).closed()).toBe(4400);
  });
});
