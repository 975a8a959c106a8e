import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Mark, Recording } from '../../shared/domain.ts';
import { StreamAIError } from '../../shared/errors.ts';
import { type FakeAgent, fakeServices, session, startFakeAgent, testToken } from './agent-fixture.ts';
import { attachment } from './attachment.ts';
import { probe } from './http-fixture.ts';

const jpeg = Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0xff, 0xd9]);
/** Two files, the second of which begins after 4 s. */
const recordings = [0, 4000].map(
  (startMs, index): Recording => ({
    ...{ id: `file-${index + 1}`, sessionId: session.id, number: index + 1, path: `/${index + 1}.mkv` },
    ...{ fileName: `${index + 1}.mkv`, bytes: 1, startMs, container: 'mkv', finalised: true, state: 'ready' },
    ...{ startedAt: session.startedAt, endedAt: null, uploads: [] },
  }),
);
const mark: Mark = { id: 'm', kind: 'chapter', atMs: 0, text: '', inFile: false, createdAt: session.startedAt };

let agent: FakeAgent;
beforeAll(async () => {
  const { services } = fakeServices();
  agent = await startFakeAgent({
    services: {
      sessions: {
        ...services.sessions,
        get: (id) =>
          id === 'split'
            ? { ...session, marks: [mark, { ...mark, id: 'n', atMs: 7000 }], recordings }
            : { ...session, marks: [mark] },
        thumbnail: (id) => {
          if (id !== session.id) throw new StreamAIError('thumbnail_missing');
          return jpeg;
        },
      },
    },
  });
});
afterAll(() => agent.close());
const get = (path: string, headers: Record<string, string> = { authorization: `Bearer ${testToken}` }) =>
  probe(agent.port, { path: `/api/integrated/recordings/${path}`, headers });

describe('a session’s picture', () => {
  test('is a JPEG that may be kept and never guessed at', async () => {
    const answer = await get('session-1/thumbnail');
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'image/jpeg',
      'cache-control': 'private, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
    });
  });

  test('needs the token, and is missed where there is none', async () => {
    expect((await get('session-1/thumbnail', {})).status).toBe(401);
    expect(await get('other/thumbnail')).toMatchObject({
      status: 404,
      json: { error: { code: 'thumbnail_missing' } },
    });
  });
});

describe('chapters', () => {
  test.each([
    ['webvtt', 'text/vtt; charset=utf-8', '.chapters.vtt', /^WEBVTT .*Chapitre 1\n$/s],
    ['ffmetadata', 'text/plain; charset=utf-8', '.ffmetadata.txt', /^;FFMETADATA1\n.*title=Chapitre 1\n$/s],
    ['youtube', 'text/plain; charset=utf-8', '.youtube.txt', /^# YouTube n.*\n0:00 Chapitre 1\n$/s],
  ])('as %s are a file with its type and name', async (format, type, ending, text) => {
    const answer = await get(`session-1/chapters?format=${format}&language=fr`);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe(type);
    expect(answer.headers['content-disposition']).toBe(
      `attachment; filename="_lan __${ending}"; filename*=UTF-8''%C3%89lan%20%F0%9F%8E%AC${ending}`,
    );
    expect(answer.headers['x-chapters-left-out']).toBe('0');
    expect(answer.text).toMatch(text);
  });

  test('speak the language of the request, else English', async () => {
    const headers = { authorization: `Bearer ${testToken}`, 'accept-language': 'fr' };
    expect((await get('session-1/chapters?format=webvtt', headers)).text).toContain('Chapitre 1');
    expect((await get('session-1/chapters?format=webvtt')).text).toContain('Chapter 1');
  });

  test('of one file are its own, counted from its beginning', async () => {
    const answer = await get('split/chapters?format=webvtt&recording=file-2');
    expect(answer.headers['content-disposition']).toMatch(/^attachment; filename="2\.chapters\.vtt";/);
    expect(answer.text).toMatch(/^WEBVTT .*00:00:03\.000 --> [\d:.]+\nChapter 2\n$/s);
    expect(answer.text).not.toContain('Chapter 1');
  });

  test('of a file that is none of the session’s are missed', async () => {
    expect(await get('split/chapters?format=webvtt&recording=other')).toMatchObject({
      status: 404,
      json: { error: { code: 'recording_not_found' } },
    });
  });

  test.each([
    '',
    '?format=',
    '?format=srt',
    '?format=webvtt&recording=',
    '?format=webvtt&language=de',
    '?format=webvtt&x=1',
  ])('refuse %j', async (query) => {
    expect(await get(`session-1/chapters${query}`)).toMatchObject({
      status: 400,
      json: { error: { code: 'invalid_request' } },
    });
  });
});

test.each([
  ['a.vtt', `attachment; filename="a.vtt"; filename*=UTF-8''a.vtt`],
  ['a"b\\c%d\r\ne.vtt', `attachment; filename="a_b_c_d__e.vtt"; filename*=UTF-8''a%22b%5Cc%25d%0D%0Ae.vtt`],
  [`l'été (1)*.vtt`, `attachment; filename="l'_t_ (1)*.vtt"; filename*=UTF-8''l%27%C3%A9t%C3%A9%20%281%29%2A.vtt`],
  ['\ud800.vtt', `attachment; filename="_.vtt"; filename*=UTF-8''%EF%BF%BD.vtt`],
])('the file name %j cannot leave its header', (name, header) => expect(attachment(name)).toBe(header));
