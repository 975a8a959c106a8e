import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { StreamAIError } from '../../shared/errors.ts';
import type { Log } from '../log.ts';
import { type FakeAgent, fakeServices, session, startFakeAgent, testToken, upload } from './agent-fixture.ts';
import { bodyLimitBytes } from './body.ts';
import { type ProbeAnswer, probe } from './http-fixture.ts';

const failure: { error: Error | null } = { error: null };
const logged: unknown[] = [];
const note = (...args: unknown[]): void => void logged.push(args);
const log: Log = { debug: note, info: note, warn: note, error: note, secret: () => {}, close: () => {} };

let agent: FakeAgent;
beforeAll(async () => {
  const recorder = fakeServices().services.recorder;
  agent = await startFakeAgent({ log });
  agent.services.recorder.split = async () => {
    if (failure.error) throw failure.error;
    return recorder.split();
  };
});
afterAll(() => agent.close());
beforeEach(() => {
  agent.calls.length = 0;
  logged.length = 0;
});

const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  sendText(method, path, body === undefined ? undefined : JSON.stringify(body), headers);
function sendText(
  method: string,
  path: string,
  text?: string,
  headers: Record<string, string> = {},
): Promise<ProbeAnswer> {
  const type: Record<string, string> = text === undefined ? {} : { 'content-type': 'application/json' };
  return probe(agent.port, {
    method,
    path,
    headers: { authorization: `Bearer ${testToken}`, ...type, ...headers },
    ...(text !== undefined && { body: text }),
  });
}

const recording = '/api/integrated/recording';
const sessions = '/api/integrated/recordings';
const uploads = '/api/integrated/uploads';

describe('each route hands its request to its service', () => {
  test.each<[string, string, unknown, number, unknown]>([
    ['POST', `${recording}/start`, undefined, 200, ['start', {}]],
    ['POST', '/api/setup', { dryRun: true }, 200, ['setup', { dryRun: true }]],
    [
      'POST',
      `${recording}/start`,
      { sessionName: 'Élan', priority: 10 },
      200,
      ['start', { sessionName: 'Élan', priority: 10 }],
    ],
    ['POST', `${recording}/stop`, undefined, 200, ['stop']],
    ['POST', `${recording}/stop`, {}, 200, ['stop']],
    ['POST', `${recording}/pause`, undefined, 200, ['pause']],
    ['POST', `${recording}/resume`, undefined, 200, ['resume']],
    ['POST', `${recording}/chapter`, undefined, 200, ['chapter', undefined]],
    ['POST', `${recording}/chapter`, { name: 'Goal' }, 200, ['chapter', 'Goal']],
    ['POST', `${recording}/chapter`, { text: 'Goal' }, 200, ['chapter', 'Goal']],
    ['PATCH', `${sessions}/session-1`, { notes: 'x' }, 200, ['change', 'session-1', { notes: 'x' }]],
    ['POST', `${sessions}/session-1/discard`, undefined, 200, ['discard', 'session-1']],
    [
      'POST',
      `${sessions}/session-1/files`,
      { path: '/rec/b.mkv' },
      200,
      ['takeFile', 'session-1', '/rec/b.mkv', false],
    ],
    [
      'POST',
      `${sessions}/session-1/files`,
      { path: '/rec/b.mkv', only: true },
      200,
      ['takeFile', 'session-1', '/rec/b.mkv', true],
    ],
    ['DELETE', `${sessions}/session-1/files`, { path: '/rec/b.mkv' }, 200, ['leaveFile', 'session-1', '/rec/b.mkv']],
    [
      'POST',
      `${sessions}/session-1/marks`,
      { kind: 'chapter', name: 'Goal' },
      200,
      ['addMark', 'session-1', { kind: 'chapter', text: 'Goal' }],
    ],
    ['POST', `${sessions}/session-1/marks`, { kind: 'chapter' }, 200, ['addMark', 'session-1', { kind: 'chapter' }]],
    [
      'POST',
      `${sessions}/session-1/marks`,
      { kind: 'note', text: 'x', atMs: 5 },
      200,
      ['addMark', 'session-1', { kind: 'note', text: 'x', atMs: 5 }],
    ],
    ['PATCH', `${sessions}/session-1/marks/m`, { text: '' }, 200, ['changeMark', 'session-1', 'm', { text: '' }]],
    ['DELETE', `${sessions}/session-1/marks/m`, undefined, 200, ['removeMark', 'session-1', 'm']],
    ['POST', `${sessions}/session-1/open-folder`, undefined, 204, ['openFolder', 'session-1', undefined]],
    ['POST', `${sessions}/session-1/open-folder`, { recordingId: 'r' }, 204, ['openFolder', 'session-1', 'r']],
    ['DELETE', `${sessions}/session-1`, undefined, 204, ['forget', 'session-1']],
    ['POST', '/api/integrated/upload/manual', { sessionId: 'session-1' }, 202, ['manual', { sessionId: 'session-1' }]],
    ['POST', `${uploads}/upload-1/pause`, undefined, 200, ['pauseUpload', 'upload-1']],
    ['POST', `${uploads}/upload-1/resume`, undefined, 200, ['resumeUpload', 'upload-1']],
    ['POST', `${uploads}/upload-1/retry`, undefined, 200, ['retryUpload', 'upload-1']],
    ['POST', `${uploads}/upload-1/cancel`, undefined, 200, ['cancelUpload', 'upload-1']],
    ['POST', `${uploads}/upload-1/verify`, undefined, 200, ['verifyUpload', 'upload-1']],
    ['POST', `${uploads}/upload-1/link`, { expiresInSeconds: 3600 }, 200, ['linkUpload', 'upload-1', 3600]],
    ['POST', '/api/destinations/object-storage/test', undefined, 200, ['testDestination', 'object-storage']],
    [
      'DELETE',
      '/api/destinations/object-storage/orphans',
      { key: 'a/b', uploadId: 'u' },
      204,
      ['abortOrphan', { key: 'a/b', uploadId: 'u' }],
    ],
    [
      'PUT',
      '/api/integrated/next-session',
      { name: null, starting: 'dock' },
      200,
      ['nextSession', { name: null, starting: 'dock' }],
    ],
    ['PUT', '/api/settings', { obsPort: 4456 }, 200, ['settings', { obsPort: 4456 }]],
    ['POST', '/api/obs/reconnect', undefined, 200, ['reconnect']],
    ['POST', '/api/token', { new: true }, 200, ['renewToken']],
    ['POST', '/api/shutdown', undefined, 202, ['shutDown']],
  ])('%s %s %j', async (method, path, body, status, call) => {
    expect(await send(method, path, body)).toMatchObject({ status });
    expect(agent.calls).toEqual([call]);
  });

  test.each([
    [`${recording}/status`, { active: false, timecode: '00:00:00.000' }],
    ['/api/integrated/status', { version: '0.1.0', sessions: [session] }],
    [sessions, { sessions: [session], nextCursor: null }],
    [`${sessions}?limit=5&q=%C3%89lan&cursor=1_abc`, { sessions: [session] }],
    [`${sessions}/session-1`, { session }],
    ['/api/destinations/object-storage/orphans', { orphans: [] }],
    ['/api/integrated/next-session', { suggestedName: '2026-11-22 18-00-00' }],
    ['/api/settings', { fixed: { obsPort: 'OBS_PORT' } }],
    ['/api/obs/connection', { url: 'ws://192.168.7.7:4455', password: 'obs-password' }],
  ])('GET %s', async (path, json) => {
    const answer = await send('GET', path);
    expect(answer).toMatchObject({ status: 200, json });
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  test('wraps what it answers as the API says', async () => {
    expect((await send('POST', `${recording}/stop`)).json).toEqual({ session });
    expect((await send('POST', `${uploads}/upload-1/retry`)).json).toEqual({ upload });
    expect((await send('POST', '/api/integrated/upload/manual', { sessionName: 'Élan' })).json).toEqual({
      uploads: [upload],
    });
  });
});

describe('what is not valid is refused, and nothing changes', () => {
  const start = `${recording}/start`;
  const manual = '/api/integrated/upload/manual';
  test.each<[string, string, unknown, string]>([
    ['POST', start, [], 'body'],
    ['POST', start, null, 'body'],
    ['POST', start, 'text', 'body'],
    ['POST', start, 7, 'body'],
    ['POST', start, { sessionName: 7 }, 'sessionName'],
    ['POST', start, { sessionName: ['x'] }, 'sessionName'],
    ['POST', start, { sessionName: 'x'.repeat(20_001) }, 'sessionName'],
    ['POST', start, { autoUpload: 'true' }, 'autoUpload'],
    ['POST', start, { subtitleModel: 'huge' }, 'subtitleModel'],
    ['POST', start, { priority: 0 }, 'priority'],
    ['POST', start, { priority: 11 }, 'priority'],
    ['POST', start, { priority: 1.5 }, 'priority'],
    ['POST', start, { priority: 1e30 }, 'priority'],
    ['POST', start, { priority: '1' }, 'priority'],
    ['POST', start, { sesionName: 'typo' }, 'sesionName'],
    ['POST', start, { constructor: { prototype: { x: 1 } } }, 'constructor'],
    ['POST', `${recording}/chapter`, { name: '' }, 'name'],
    ['POST', `${recording}/chapter`, { name: 'a', text: 'b' }, 'text'],
    ['POST', `${sessions}/session-1/marks`, { kind: 'chapter', name: 'a', text: 'b' }, 'text'],
    ['GET', `${sessions}?cursor=abc`, undefined, 'cursor'],
    ['POST', `${recording}/chapter`, { name: 'x'.repeat(201) }, 'name'],
    ['PATCH', `${sessions}/session-1`, { state: 'recorded' }, 'state'],
    ['PATCH', `${sessions}/session-1`, { notes: 'x'.repeat(20_001) }, 'notes'],
    ['GET', `${sessions}/${'x'.repeat(101)}`, undefined, 'sessionId'],
    ['POST', `${uploads}/upload-1/link`, {}, 'expiresInSeconds'],
    ['POST', `${uploads}/upload-1/link`, { expiresInSeconds: 59 }, 'expiresInSeconds'],
    ['POST', `${uploads}/upload-1/link`, { expiresInSeconds: 604_801 }, 'expiresInSeconds'],
    ['POST', `${uploads}/upload-1/link`, { expiresInSeconds: 60.5 }, 'expiresInSeconds'],
    ['POST', '/api/destinations/elsewhere/test', undefined, 'id'],
    ['DELETE', '/api/destinations/object-storage/orphans', { key: 'a' }, 'uploadId'],
    ['DELETE', '/api/destinations/object-storage/orphans', { key: '', uploadId: 'u' }, 'key'],
    ['DELETE', '/api/destinations/object-storage/orphans', { key: 'a', uploadId: 'x'.repeat(1025) }, 'uploadId'],
    ['PUT', '/api/settings', { bandwidthLimit: 1 }, 'bandwidthLimit'],
    ['PUT', '/api/settings', { bandwidthLimit: '20M' }, 'bandwidthLimit'],
    ['PUT', '/api/settings', { whileOnAir: 'slow' }, 'whileOnAir'],
    ['PUT', '/api/settings', { whileOnAirLimit: 'fast' }, 'whileOnAirLimit'],
    ['PUT', '/api/settings', { deleteLocal: true }, 'deleteLocal'],
    ['PUT', '/api/settings', { keepLast: 0 }, 'keepLast'],
    ['PUT', '/api/settings', { keepFreeBytes: -1 }, 'keepFreeBytes'],
    ['GET', `${sessions}?limit=0`, undefined, 'limit'],
    ['GET', `${sessions}?limit=201`, undefined, 'limit'],
    ['GET', `${sessions}?limit=x`, undefined, 'limit'],
    ['GET', `${sessions}?limit=1&limit=2`, undefined, 'limit'],
    ['GET', `${sessions}?order=asc`, undefined, 'order'],
    ['GET', `${sessions}?q=${'x'.repeat(201)}`, undefined, 'q'],
    ['POST', manual, {}, 'sessionId'],
    ['POST', manual, undefined, 'sessionId'],
    ['POST', manual, { sessionId: 'a', sessionName: 'b' }, 'sessionId'],
    ['POST', manual, { sessionId: 'a', destination: 'moon' }, 'destination'],
    ['PUT', '/api/integrated/next-session', { starting: 'rest' }, 'starting'],
    ['PUT', '/api/integrated/next-session', { name: 7 }, 'name'],
    ['PUT', '/api/settings', { obsPort: 0 }, 'obsPort'],
    ['PUT', '/api/settings', { obsPort: 65536 }, 'obsPort'],
    ['PUT', '/api/settings', { processingUrl: 'ftp://x' }, 'processingUrl'],
    ['PUT', '/api/settings', { processingUrl: 'http://user:pass@x' }, 'processingUrl'],
    ['PUT', '/api/settings', { processingUrl: 'http://x?a=b' }, 'processingUrl'],
    ['PUT', '/api/settings', { dataDir: '/tmp' }, 'dataDir'],
    ['POST', '/api/token', {}, 'new'],
    ['POST', '/api/token', { new: false }, 'new'],
    ['POST', '/api/token', undefined, 'new'],
  ])('%s %s %j', async (method, path, body, field) => {
    const answer = await send(method, path, body);
    expect(answer).toMatchObject({ status: 400, json: { error: { code: 'invalid_request', params: { field } } } });
    expect(agent.calls).toEqual([]);
  });

  test.each(['{', '{"priority":1', 'nonsense', "{'a':1}", '\u0000', '{"a":1}{"b":2}', '\ufeff{}', 'NaN'])(
    'a body that is not JSON: %j, whether or not the route reads it',
    async (text) => {
      for (const path of [start, `${recording}/stop`, '/api/obs/reconnect']) {
        const answer = await sendText('POST', path, text);
        expect(answer).toMatchObject({ status: 400, json: { error: { params: { field: 'body' } } } });
      }
      expect(agent.calls).toEqual([]);
    },
  );

  test('keys that reach for prototypes, and do not', async () => {
    const answer = await sendText('PUT', '/api/settings', '{"__proto__":{"polluted":true}}');
    expect(answer).toMatchObject({ status: 400, json: { error: { params: { field: '__proto__' } } } });
    expect('polluted' in {}).toBe(false);
  });

  test('nesting as deep as the limit lets it', async () => {
    const depth = Math.floor(bodyLimitBytes / 2) - 100;
    const answer = await sendText('PUT', '/api/settings', `{"obsHost":${'['.repeat(depth)}${']'.repeat(depth)}}`);
    expect(answer).toMatchObject({ status: 400, json: { error: { params: { field: 'obsHost' } } } });
  });

  test.each([
    ['announced', Buffer.alloc(bodyLimitBytes + 1, ' ')],
    ['in chunks', [Buffer.alloc(bodyLimitBytes, ' '), Buffer.alloc(1, ' ')]],
  ])('a body above the limit, %s', async (_, body) => {
    const headers = { authorization: `Bearer ${testToken}`, 'content-type': 'application/json' };
    for (const path of [start, `${recording}/stop`]) {
      const answer = await probe(agent.port, { method: 'POST', path, headers, body });
      expect(answer).toMatchObject({ status: 413, code: 'body_too_large' });
    }
    expect(agent.calls).toEqual([]);
  });

  test('takes a body that just fits', async () => {
    const json = '{"notes":"x"}';
    const answer = await sendText('PATCH', `${sessions}/session-1`, json + ' '.repeat(bodyLimitBytes - json.length));
    expect(answer.status).toBe(200);
  });

  test.each([
    ['GET', `${sessions}/nobody`, 'session_not_found'],
    ['PATCH', `${sessions}/nobody`, 'session_not_found'],
    ['DELETE', `${sessions}/__proto__`, 'session_not_found'],
    ['GET', `${sessions}/..%2f..%2fetc`, 'session_not_found'],
    ['POST', `${uploads}/nobody/retry`, 'upload_not_found'],
    ['POST', `${uploads}/upload-1/explode`, 'not_found'],
    ['GET', '/api/unknown', 'not_found'],
    ['GET', '/api/settings/', 'not_found'],
  ])('%s %s is not there: %s', async (method, path, code) => {
    expect(await send(method, path)).toMatchObject({ status: 404, code });
    expect(agent.calls).toEqual([]);
  });

  test.each(['POST', 'DELETE', 'OPTIONS', 'PROPFIND', 'TRACE'])(
    'settings do not take %s, and say what they take',
    async (method) => {
      const answer = await send(method, '/api/settings');
      expect(answer).toMatchObject({ status: 405, code: 'method_not_allowed', headers: { allow: 'GET, PUT' } });
    },
  );
});

describe('errors', () => {
  const fail = async (error: Error, headers: Record<string, string> = {}): Promise<ProbeAnswer> => {
    failure.error = error;
    return send('POST', `${recording}/split`, undefined, headers).finally(() => {
      failure.error = null;
    });
  };

  test('carry code, message, fix and status', async () => {
    const answer = await fail(new StreamAIError('obs_refused', { reason: 'busy' }));
    expect(answer.status).toBe(502);
    expect(answer.json).toEqual({
      error: { code: 'obs_refused', message: 'OBS refused: busy.', fix: 'Look at OBS.', params: { reason: 'busy' } },
    });
  });

  test.each([
    ['fr', 'OBS enregistre déjà.'],
    ['fr-CA,fr;q=0.9,en;q=0.8', 'OBS enregistre déjà.'],
    ['de, fr;q=0.5', 'OBS enregistre déjà.'],
    ['en-GB, fr;q=0.9', 'OBS is already recording.'],
    ['fr;q=0, en', 'OBS is already recording.'],
    ['de', 'OBS is already recording.'],
    ['*', 'OBS is already recording.'],
    [';;,,=fr', 'OBS is already recording.'],
  ])('are told in the language of %s', async (language, message) => {
    const answer = await fail(new StreamAIError('already_recording'), { 'accept-language': language });
    expect(answer).toMatchObject({ status: 409, json: { error: { message } } });
  });

  test('say in French too what is not valid', async () => {
    const answer = await send('POST', `${recording}/start`, { priority: 11 }, { 'accept-language': 'fr' });
    expect(answer.text).toContain('« priority » doit être au plus 10');
  });

  test('never show what is unknown, and log it with its stack', async () => {
    const error = new Error('SQLITE_IOERR at /home/someone');
    const answer = await fail(error);
    expect(answer).toMatchObject({ status: 500, code: 'internal' });
    expect(answer.text).not.toMatch(/SQLITE|home|stack|\.ts/);
    expect(logged).toEqual([[expect.objectContaining({ err: error }), expect.any(String)]]);
  });

  test('of requests that are no HTTP are JSON too', async () => {
    const answer = await send('GET', '/a\\b');
    expect(answer).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(answer.headers).toMatchObject({ 'x-content-type-options': 'nosniff' });
  });
});
