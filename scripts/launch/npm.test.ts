import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findNpm, npmFailure } from './npm.mjs';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'streamai-npm-')));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(...names: string[]): Promise<string> {
  const file = path.join(folder, ...names);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, '');
  await chmod(file, 0o755);
  return file;
}

describe('findNpm', () => {
  const node = (): string => path.join(folder, 'node', 'bin', 'node');

  test('runs the npm that runs it, as JavaScript', async () => {
    const cli = await put('running', 'npm-cli.js');
    expect(findNpm({ npm_execpath: cli }, node())).toEqual({ file: node(), args: [cli], shell: false });
  });

  test('does not take another package manager for npm', async () => {
    const pnpm = await put('running', 'pnpm.cjs');
    const cli = await put('node', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js');
    expect(findNpm({ npm_execpath: pnpm }, node(), 'linux').args).toEqual([cli]);
  });

  test.skipIf(process.platform === 'win32')('finds the JavaScript behind a link on PATH', async () => {
    const cli = await put('share', 'npm', 'bin', 'npm-cli.js');
    await mkdir(path.join(folder, 'bin'));
    await symlink(cli, path.join(folder, 'bin', 'npm'));
    expect(findNpm({ PATH: path.join(folder, 'bin') }, node(), 'linux').args).toEqual([cli]);
  });

  test('runs a version manager’s own program as it is', async () => {
    const shim = await put('shims', 'npm');
    expect(findNpm({ PATH: path.join(folder, 'shims') }, node(), 'linux')).toEqual({
      file: shim,
      args: [],
      shell: false,
    });
  });

  test('on Windows looks beside node.exe, and spells PATH in any way', async () => {
    const cli = await put('nodejs', 'node_modules', 'npm', 'bin', 'npm-cli.js');
    expect(findNpm({ Path: path.join(folder, 'nodejs') }, node(), 'win32').args).toEqual([cli]);
  });

  test('on Windows runs npm.cmd through a shell, quoted', async () => {
    const cmd = await put('Program Files', 'npm.cmd');
    expect(findNpm({ Path: path.dirname(cmd) }, node(), 'win32')).toEqual({ file: `"${cmd}"`, args: [], shell: true });
  });

  test('says so when there is none', () => {
    expect(() => findNpm({ PATH: folder }, node(), 'linux')).toThrow(expect.objectContaining({ code: 'noNpm' }));
  });
});

describe('npmFailure', () => {
  test.each([
    ['npm error code ENOTFOUND\nnpm error syscall getaddrinfo', 'npmNetwork'],
    ['npm ERR! code ECONNREFUSED\nnpm ERR! syscall connect', 'npmNetwork'],
    ['npm error code E503\nnpm error 503 Service Unavailable', 'npmNetwork'],
    ['npm error code UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'npmNetwork'],
    ['npm error code ENOSPC\r\nnpm error syscall write', 'npmSpace'],
    ['npm error code EPERM\nnpm error syscall unlink', 'npmPermission'],
    ['npm error code EUSAGE\nnpm error\nnpm error `npm ci` can only install packages when', 'npmLock'],
    ['npm error code EINTEGRITY\nnpm error sha512-x integrity checksum failed', 'npmIntegrity'],
    ['Segmentation fault', 'npmOther'],
    ['', 'npmOther'],
  ])('%j → %s', (output, code) => {
    expect(npmFailure(output).code).toBe(code);
  });

  test('quotes what npm said when it has no sentence of its own', () => {
    const failure = npmFailure('npm error code EUNKNOWN\nnpm error errno -1\nnpm error sha512-x checksum failed');
    expect(failure.message).toContain('EUNKNOWN, sha512-x checksum failed');
  });
});
