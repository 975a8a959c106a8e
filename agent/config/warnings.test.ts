import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { localhostWarning, startWarnings } from './warnings.ts';

async function sourceWith(text: string, mode: number) {
  const root = await mkdtemp(path.join(tmpdir(), 'streamai-env-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await writeFile(path.join(root, '.env'), text);
  await chmod(path.join(root, '.env'), mode);
  return { root, platform: 'linux', env: {}, home: root } as const;
}

test.each([
  ['127.0.0.1', 0],
  ['::1', 0],
  ['localhost', 0],
  ['0.0.0.0', 1],
  ['192.168.1.5', 1],
])('listening at %s is worth %i warnings', async (host, count) => {
  const source = await sourceWith('', 0o600);
  for (const [language, token] of [
    ['en', 'token'],
    ['fr', 'jeton'],
  ] as const) {
    const warnings = startWarnings(host, source, language);
    expect(warnings).toHaveLength(count);
    for (const warning of warnings) expect(warning).toMatch(new RegExp(`${host}.*${token}`));
  }
});

// Windows has no such bits.
test.skipIf(process.platform === 'win32').each([
  ['VULTR_API_KEY=k3y', 0o644, 1],
  ['OBS_PASSWORD=hunter22', 0o640, 1],
  ['OBS_PASSWORD="s"', 0o604, 1],
  ['HTTPS_PROXY=http://u:p@proxy', 0o644, 1],
  ['VULTR_API_KEY=k3y', 0o600, 0],
  ['VULTR_API_KEY=', 0o644, 0],
  ['OBS_PORT=4455\nHTTPS_PROXY=http://proxy', 0o644, 0],
])('.env with %s and mode %o is worth %i warnings', async (text, mode, count) => {
  const source = await sourceWith(text, mode);
  const warnings = startWarnings('127.0.0.1', source, 'en');
  expect(warnings).toHaveLength(count);
  for (const warning of warnings) expect(warning).toContain(path.join(source.root, '.env'));
});

test('no .env is no reason for a warning', () => {
  expect(startWarnings('127.0.0.1', { root: '/nowhere', platform: 'linux', env: {}, home: '/' }, 'en')).toEqual([]);
});

test('whoever would be met at localhost in our place is told of, with the address that is safe', () => {
  for (const language of ['en', 'fr'] as const)
    expect(localhostWarning('http://127.0.0.1:5002', language)).toMatch(
      /\[::1\].*localhost.*http:\/\/127\.0\.0\.1:5002\.$/,
    );
});

test('what is set in vain is said', async () => {
  const source = await sourceWith('VULTR_OBJECT_STORAGE_BUCKT=films\nVULTR_OBJECT_STORAGE_ACCESS_KEY=a', 0o600);
  const warnings = startWarnings(
    '127.0.0.1',
    { ...source, platform: process.platform, env: { OBS_HOTS: 'studio' } },
    'en',
  );
  expect(warnings).toEqual([
    expect.stringContaining(
      'VULTR_OBJECT_STORAGE_BUCKT means nothing to StreamAI: did you mean VULTR_OBJECT_STORAGE_BUCKET?',
    ),
    expect.stringContaining('OBS_HOTS means nothing to StreamAI: did you mean OBS_HOST?'),
    expect.stringContaining('Object Storage is off: VULTR_OBJECT_STORAGE_ACCESS_KEY is set, but'),
  ]);
});
