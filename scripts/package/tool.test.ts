import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { SigningImpossible, windowsSigning } from './sign/signing.ts';
import { hasTool, requireTool } from './tool.ts';

test.each([
  ['makensis', 'A package for Windows', /needs makensis, which is not here\. Debian and Ubuntu: apt install nsis/],
  ['rpmbuild', 'An .rpm', /needs rpmbuild, which is not here\. Debian and Ubuntu: apt install rpm/],
])('%s that is missing is named, with how to get it', (name, what, message) => {
  expect(() => requireTool(name, what, '/nowhere')).toThrow(message);
});

test.skipIf(process.platform === 'win32')('a tool is a program on the PATH, not any file of that name', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-tool-'));
  try {
    await writeFile(path.join(folder, 'text'), '');
    await writeFile(path.join(folder, 'program'), '', { mode: 0o755 });
    expect(hasTool('text', folder)).toBe(false);
    expect(hasTool('program', `/nowhere${path.delimiter}${folder}`)).toBe(true);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.each([
  [{}, 'STREAMAI_SIGN_PKCS12 names no certificate'],
  [{ STREAMAI_SIGN_PKCS12: '/nowhere/c.p12' }, 'there is no certificate at /nowhere/c.p12'],
  [{ STREAMAI_SIGN_PKCS12: import.meta.filename }, 'STREAMAI_SIGN_PASSWORD_FILE names no password'],
])('signing with %j is refused before anything is built', (env, message) => {
  expect(() => windowsSigning(env)).toThrow(SigningImpossible);
  expect(() => windowsSigning(env)).toThrow(message);
});
