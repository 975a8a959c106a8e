import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FakeAgent, startFakeAgent } from './agent-fixture.ts';
import { unsafePaths } from './foreign-requests-fixture.ts';
import { probe } from './http-fixture.ts';
import { safeSegments } from './static.ts';

describe('a request’s path', () => {
  test.each([
    ['/', ['index.html']],
    ['/index.html', ['index.html']],
    ['/assets/app-1a2b.js', ['assets', 'app-1a2b.js']],
    ['/a%20b/%C3%A9.svg', ['a b', 'é.svg']],
    ['/a..b', ['a..b']],
  ])('%s is a file’s', (request, segments) => {
    expect(safeSegments(request)).toEqual(segments);
  });

  test.each(['', 'index.html', ...unsafePaths])('%s is no file’s', (request) => {
    expect(safeSegments(request)).toBeNull();
  });
});

describe('the dock', () => {
  let agent: FakeAgent;
  let outside: string;
  beforeAll(async () => {
    agent = await startFakeAgent();
    outside = await mkdtemp(path.join(tmpdir(), 'streamai-outside-'));
    await mkdir(path.join(agent.dockDir, 'assets'));
    await mkdir(path.join(agent.dockDir, 'folder.js'));
    await writeFile(path.join(outside, 'secret.txt'), 'secret');
    await writeFile(path.join(agent.dockDir, 'index.html'), '<!doctype html><title>dock</title>');
    await writeFile(path.join(agent.dockDir, 'assets/app.js'), 'export {}');
    await writeFile(path.join(agent.dockDir, '.env'), 'secret');
    await writeFile(path.join(agent.dockDir, 'strange.xyz'), '<script>');
  });
  afterAll(async () => {
    await agent.close();
    await rm(outside, { recursive: true, force: true });
  });

  test('is a page that may load its own files, and connect to us and to OBS', async () => {
    const answer = await probe(agent.port, { path: '/?lang=fr' });
    expect(answer).toMatchObject({
      status: 200,
      text: '<!doctype html><title>dock</title>',
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-cache',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'x-frame-options': 'DENY',
      },
    });
    const policy = String(answer.headers['content-security-policy']);
    expect(policy).toContain(
      `connect-src 'self' ws://${agent.host} ws://127.0.0.1:* ws://localhost:* ws://192.168.7.7:4455;`,
    );
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
  });

  test('lets hashed assets stay in the cache for ever', async () => {
    const answer = await probe(agent.port, { path: '/assets/app.js' });
    expect(answer.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
    });
  });

  test('answers HEAD without a body', async () => {
    const answer = await probe(agent.port, { method: 'HEAD', path: '/' });
    expect(answer).toMatchObject({ status: 200, text: '' });
  });

  test('serves what it does not know as bytes', async () => {
    const answer = await probe(agent.port, { path: '/strange.xyz' });
    expect(answer.headers['content-type']).toBe('application/octet-stream');
  });

  test.each(['/.env', '/folder.js', '/assets', '/nothing.js', '/..%2f..%2fetc%2fpasswd', '/%2e%2e/%2e%2e/etc/passwd'])(
    'does not serve %s',
    async (request) => {
      expect(await probe(agent.port, { path: request })).toMatchObject({ status: 404, code: 'not_found' });
    },
  );

  // Windows lets ordinary users make no links.
  test.skipIf(process.platform === 'win32')('serves nothing through a link that leads outside', async () => {
    await symlink(path.join(outside, 'secret.txt'), path.join(agent.dockDir, 'link.txt'));
    await symlink(outside, path.join(agent.dockDir, 'linked'));
    for (const request of ['/link.txt', '/linked/secret.txt']) {
      expect(await probe(agent.port, { path: request }), request).toMatchObject({ status: 404, code: 'not_found' });
    }
  });

  test('that is not built yet is said in plain words, in the reader’s language', async () => {
    const empty = await startFakeAgent();
    try {
      const english = await probe(empty.port, { path: '/' });
      expect(english.status).toBe(404);
      expect(english.text).toContain('npm run build');
      const french = await probe(empty.port, { path: '/', headers: { 'accept-language': 'fr' } });
      expect(french.text).toContain('n’est pas construit');
    } finally {
      await empty.close();
    }
  });
});
