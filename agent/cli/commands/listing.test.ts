/** What the commands say of what the agent answered: pure texts, in both languages. */
import { describe, expect, test } from 'vitest';
import type { Status } from '../../../shared/api.ts';
import type { Recording, Session, Upload } from '../../../shared/domain.ts';
import { errorInfo } from '../../../shared/errors.ts';
import { uploadFixture } from '../../../shared/upload-fixture.ts';
import { fakeServices, session } from '../../http/agent-fixture.ts';
import { testCli } from '../cli-fixture.ts';
import { autostartLines } from './autostart.ts';
import { nextChange, nextLines } from './next.ts';
import { type Outcome, outcomeOf, sessionLine } from './sessions.ts';
import { statusLines } from './status.ts';
import { progressLine, uploadLine } from './upload.ts';

const en = testCli('en').cli;
const fr = testCli('fr').cli;
const plain = (text: string): string => text.replaceAll(/[\u00a0\u202f]/g, ' ');

const recording = (...states: Upload['state'][]): Recording => ({
  id: 'r',
  sessionId: session.id,
  number: 1,
  path: '/videos/a.mkv',
  fileName: 'a.mkv',
  state: 'ready',
  bytes: 4_100_000,
  container: 'mkv',
  finalised: true,
  startMs: 0,
  startedAt: session.startedAt,
  endedAt: session.startedAt,
  uploads: states.map((state) => uploadFixture({ state })),
});

describe('what became of a session', () => {
  test.each<[Outcome, Partial<Session>]>([
    ['local', {}],
    ['recording', { state: 'paused', recordings: [recording('completed')] }],
    ['recording', { state: 'finalising' }],
    ['uploading', { recordings: [recording('completed'), recording('waiting')] }],
    ['failed', { recordings: [recording('failed')] }],
    ['failed', { recordings: [recording('completed'), recording('failed')] }],
    ['uploaded', { recordings: [recording('failed', 'completed')] }],
    ['uploaded', { state: 'interrupted', recordings: [recording('completed')] }],
    ['local', { recordings: [recording('completed'), recording('cancelled')] }],
    ['local', { recordings: [recording('completed'), recording()] }],
    ['interrupted', { state: 'interrupted', recordings: [recording()] }],
  ])('%s', (outcome, change) => expect(outcomeOf({ ...session, ...change })).toBe(outcome));
});

test('a session is one line, whatever its name is', () => {
  const named = { ...session, name: 'a\u001b[31m\nb', recordings: [recording('completed')] };
  const line = plain(sessionLine(named, en));
  expect(line).toMatch(/^11\/22\/26, \S+ [AP]M +00:00:10 +4\.1 MB {2}uploaded {6}a \[31m b {2}session-1$/);
  expect(plain(sessionLine(named, fr))).toContain('4,1 Mo  envoyé');
});

describe('an upload', () => {
  const uploading = uploadFixture({ state: 'uploading', bytesTotal: 100, bytesSent: 43, bytesPerSecond: 4_100_000 });
  test.each([
    [[uploading], '██████████░░░░░░░░░░░░░░   43%  4.1 MB/s'],
    [
      [uploading, { ...uploading, state: 'completed' as const, bytesSent: 100, bytesPerSecond: null }],
      '█████████████████░░░░░░░   71%  4.1 MB/s',
    ],
    [
      [{ ...uploading, state: 'queued' as const, bytesSent: 0, bytesPerSecond: null }],
      '░░░░░░░░░░░░░░░░░░░░░░░░    0%  Queued',
    ],
    [
      [{ ...uploading, state: 'waiting' as const, error: errorInfo('offline') }],
      '██████████░░░░░░░░░░░░░░   43%  There is no network.',
    ],
    [[{ ...uploading, bytesTotal: 0, bytesSent: 0, bytesPerSecond: null }], '░░░░░░░░░░░░░░░░░░░░░░░░    0%  '],
  ])('is a bar', (uploads, line) => expect(plain(progressLine(uploads, en))).toBe(line));

  test.each([
    [uploadFixture({ state: 'completed', bytesTotal: 4_100_000 }), '✓ Uploaded: processing server, 4.1 MB'],
    [uploadFixture({ state: 'paused', bytesTotal: 1 }), '  Paused: processing server, 1 B'],
    [
      uploadFixture({ state: 'failed', bytesTotal: 1, error: errorInfo('storage_clock') }),
      /^✗ Upload failed: processing server, 1 B – This computer’s clock .* tried again by itself\.$/,
    ],
    [uploadFixture({ state: 'cancelled', bytesTotal: 1, error: null }), '✗ Upload cancelled: processing server, 1 B'],
  ])('and at its end a line', (upload, line) => {
    const said = plain(uploadLine({ ...upload, destination: 'processing' }, en));
    if (typeof line === 'string') expect(said).toBe(line);
    else expect(said).toMatch(line);
  });
});

describe('the next session', () => {
  test.each([
    [undefined, {}, {}],
    ['Lesson', {}, { name: 'Lesson' }],
    [undefined, { auto: true as const }, { name: null }],
    [
      undefined,
      { upload: false, priority: 3, subtitleModel: 'small' as const },
      { autoUpload: false, priority: 3, subtitleModel: 'small' },
    ],
    [undefined, { field: ['client=Acme', 'a=b=c', 'empty'] }, { fields: { client: 'Acme', a: 'b=c', empty: '' } }],
  ])('with %s and %j becomes %j', (name, options, change) => expect(nextChange(name, options)).toEqual(change));

  test('is told in the person’s language', () => {
    const next = { ...fakeServices().services.nextSession.get(), fields: { client: '' } };
    expect(nextLines(next, en.words)).toEqual([
      'Name: 2026-11-22 18-00-00 (from the template)',
      'client: –',
      'It is uploaded by itself',
      'Subtitles: base',
      'Priority: 1',
    ]);
    expect(nextLines({ ...next, name: 'Leçon', autoUpload: false }, fr.words).slice(0, 3)).toEqual([
      'Nom : Leçon',
      'client : –',
      'Il n’est pas envoyé tout seul',
    ]);
  });
});

describe('the status', () => {
  const status: Status = fakeServices().services.status();
  test('names what runs, and what needs somebody', () => {
    const problem = errorInfo('obs_not_connected');
    const destination = {
      id: 'object-storage' as const,
      configured: true,
      reachable: false,
      address: 'https://s3.example/b',
      proxy: null,
      embedded: false,
      problem: errorInfo('offline'),
    };
    const troubled: Status = {
      ...status,
      obs: { ...status.obs, state: 'waiting', problem },
      destinations: [destination, { ...destination, id: 'processing', configured: false }],
      recording: { ...status.recording, active: true, durationMs: 62_000, bytes: 4_100_000, session },
      uploads: { ...status.uploads, uploading: 1, failed: 2 },
    };
    expect(statusLines('http://127.0.0.1:5002', status, en).map(plain)).toEqual([
      '✓ StreamAI 0.1.0 runs at http://127.0.0.1:5002',
      '✓ OBS 32.2.2 is connected (192.168.7.7:4455)',
      '  Nothing is being recorded',
      '  No uploads are open',
    ]);
    expect(statusLines('http://x', troubled, fr).map(plain)).toEqual([
      '✓ StreamAI 0.1.0 fonctionne : http://x',
      expect.stringMatching(/^✗ OBS n’est pas connecté\. /),
      '  Enregistrement « Élan 🎬 », 00:01:02, 4,1 Mo',
      '  Object Storage : https://s3.example/b',
      expect.stringMatching(/^✗ /),
      '  Envois : 1 en cours, 2 en échec',
    ]);
  });
});

test('autostart says where it stands, and what is not there', () => {
  const on = {
    on: true,
    kind: 'systemd' as const,
    place: '/h/u',
    command: ['/x', 'start'] as const,
    programExists: true,
  };
  expect(autostartLines(on, en)).toEqual(['✓ StreamAI starts with this computer (systemd: /h/u)', '  /x start']);
  expect(autostartLines({ ...on, programExists: false }, fr)[1]).toBe(
    '✗ Ce qui serait démarré n’existe pas : /x start',
  );
  expect(autostartLines({ ...on, on: false }, en)).toEqual(['StreamAI does not start with this computer.']);
});
