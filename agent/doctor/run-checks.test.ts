import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { defaultSettings } from '../../shared/settings.ts';
import { allChecks } from './all-checks.ts';
import { goodPassword, machine } from './machine-fixture.ts';
import { reportFileText, writeReport } from './report-file.ts';
import { reportText } from './report-text.ts';
import { examine } from './run-checks.ts';
import { isWeakPassword } from './weak-password.ts';

test('a check that fails, and one that hangs, keep no other one from being told', async () => {
  const checks = {
    ...allChecks,
    node: async () => {
      throw new TypeError('broken');
    },
    proxy: () => new Promise<null>(() => {}),
  };
  const { checks: found, counts } = await examine(await (await machine()).world(), { checks, checkMs: 3000 });
  const of = (code: string) => found.find((check) => check.code === code);
  expect(of('node')).toMatchObject({
    state: 'fault',
    notices: [{ code: 'doctor_check_failed', params: { reason: 'TypeError' } }],
  });
  expect(of('proxy')).toMatchObject({
    state: 'fault',
    notices: [{ code: 'doctor_no_answer', params: { seconds: 3 } }],
  });
  expect(counts).toMatchObject({ fault: 2, warning: 0, skipped: 0 });
});

test('a server that takes the connection and says nothing is named, in a bounded time', async () => {
  const one = await machine();
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => sockets.add(socket.on('error', () => {})));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  const address = silent.address();
  const port = typeof address === 'object' ? address?.port : 0;
  one.dotEnv.push(`VULTR_API_URL=http://127.0.0.1:${port}`);
  const began = performance.now();
  const { checks } = await examine(await one.world(), { checkMs: 2000 });
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(checks.filter(({ state }) => state !== 'good').map(({ code }) => code)).toEqual(['processing']);
});

test('the report is in the person’s language, ends with a count, and says what can be mended', async () => {
  const one = await machine();
  one.now.language = 'fr';
  one.now.autostart = { on: false, command: null, programExists: null };
  const text = reportText(await examine(await one.world()), 'fr');
  expect(text).toContain('! Démarre avec cet ordinateur\n      StreamAI ne démarre pas avec cet ordinateur');
  expect(text.split('\n').slice(-2)).toEqual([
    '0 défaut, 1 avertissement, 25 points en ordre.',
    '« doctor --fix » peut en réparer 1.',
  ]);
});

test('looking changes nothing in the data folder', async () => {
  const one = await machine();
  const database = path.join(one.dataDir, 'streamai.db');
  const before = [await readFile(database), (await stat(database)).mtimeMs];
  await examine(await one.world());
  expect([await readFile(database), (await stat(database)).mtimeMs]).toEqual(before);
  expect(existsSync(`${database}-journal`)).toBe(false);
});

test('the report for others has what helps, and neither secrets nor the person’s name', async () => {
  const one = await machine();
  const secrets = {
    processingApiKey: 'key-of-the-server',
    objectStorageSecretKey: 'S3cretOf/Storage+',
    objectStorageAccessKey: 'AKIAHALFOFONE',
    obsPassword: goodPassword,
  };
  const text = reportFileText({
    report: await examine(await one.world()),
    settings: {
      ...defaultSettings,
      ...secrets,
      recordingsDir: path.join(one.home, 'Videos'),
      processingUrl: 'https://example.com',
    },
    secrets: [one.token, null],
    home: one.home,
    log: [
      `{"msg":"sent","authorization":"Bearer ${secrets.processingApiKey}"}`,
      `{"msg":"at ${one.home}/Videos","url":"http://127.0.0.1/#token=${one.token}","p":${JSON.stringify(secrets.objectStorageSecretKey).replaceAll('/', '\\/')}}`,
    ],
  });
  for (const secret of [...Object.values(secrets), one.token, one.home]) expect(text).not.toContain(secret);
  expect(text).not.toContain('S3cretOf');
  expect(text).toContain('processingUrl: "https://example.com"');
  expect(text).toContain('recordingsDir: "~/Videos"');
  expect(text).toContain('obsPassword: set');
  expect(text).toContain('objectStorageAccessKey: set');
  expect(text).toContain('"msg":"at ~/Videos"');
});

test('a report replaces no file', async () => {
  const { home } = await machine();
  const file = path.join(home, 'report.txt');
  await writeFile(file, 'mine');
  await expect(writeReport(file, 'theirs')).rejects.toMatchObject({ code: 'EEXIST' });
  expect(await readFile(file, 'utf8')).toBe('mine');
});

test.each([
  ['streamer1', true],
  ['hunter2', true],
  ['', true],
  ['aaaaaaaaaaaaaaaaaaaaaaaa', true],
  ['1234567890123456', true],
  [goodPassword, false],
  ['correct horse battery staple', false],
])('the password “%s” can be guessed: %s', (password, isWeak) => {
  expect(isWeakPassword(password)).toBe(isWeak);
});
