import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type OpenSystem, openPage, openPagePlace, pageOpener, pageTo, removeOpenPages } from './open-page.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'streamai-open-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const system = (platform: NodeJS.Platform, env: Record<string, string> = {}): OpenSystem => ({
  platform,
  env,
  home: folder,
});

describe('the page is opened', () => {
  test.each([
    [
      'win32',
      'C:\\Zoë & co\\100%\\open.html',
      'D:\\Win\\System32\\rundll32.exe',
      'url.dll,FileProtocolHandler file:///C:/Zo%C3%AB%20&%20co/100%25/open.html',
    ],
    ['darwin', '/Users/a b/open.html', '/usr/bin/open', '/Users/a b/open.html'],
    ['linux', '/home/a/open.html', 'xdg-open', '/home/a/open.html'],
  ] as const)('on %s: %s', (platform, page, program, args) => {
    const opener = pageOpener(page, system(platform, { SystemRoot: 'D:\\Win', DISPLAY: ':0' }));
    expect([opener?.program, opener?.args.join(' ')]).toEqual([program, args]);
  });
  test('on Linux only where there is a desktop', () => expect(pageOpener('/p', system('linux'))).toBeNull());
});

test('it goes to the address and says nowhere where it came from', () => {
  const page = pageTo('http://127.0.0.1:5002/#token=abc_-</script>');
  expect(page).toContain('location.replace("http://127.0.0.1:5002/#token=abc_-\\u003c/script>")');
  expect(page).toContain('content="no-referrer"');
});

describe('it lies where the browser may read', () => {
  test.each([
    ['firefox_firefox.desktop', 'snap/firefox/common/streamai-open.html'],
    ['chromium_chromium.desktop', 'data/open.html'],
    ['org.mozilla.firefox.desktop', 'data/open.html'],
    ['../evil_x.desktop', 'data/open.html'],
    ['', 'data/open.html'],
  ])('for %s', async (browser, place) => {
    await mkdir(path.join(folder, 'snap/firefox/common'), { recursive: true });
    expect(openPagePlace(path.join(folder, 'data'), browser, folder)).toBe(path.join(folder, place));
  });
});

describe('the page is taken away again, also from Snap’s folders', () => {
  const pages = ['data/open.html', 'snap/firefox/common/streamai-open.html'];
  const left = (): string[] => pages.filter((page) => existsSync(path.join(folder, page)));
  const remove = (olderThanMs: number): void => removeOpenPages(path.join(folder, 'data'), folder, olderThanMs);
  beforeEach(async () => {
    for (const page of pages) {
      await mkdir(path.dirname(path.join(folder, page)), { recursive: true });
      await writeFile(path.join(folder, page), 'token');
    }
  });
  test('once the browser had its time', async () => {
    remove(60_000);
    expect(left()).toEqual(pages);
    const then = new Date(Date.now() - 61_000);
    for (const page of pages) await utimes(path.join(folder, page), then, then);
    remove(60_000);
    expect(left()).toEqual([]);
  });
  test('at once where its token has ended', () => {
    remove(0);
    expect(left()).toEqual([]);
  });
  test('where there is none, nothing happens', async () => {
    await rm(path.join(folder, 'snap'), { recursive: true });
    await rm(path.join(folder, 'data'), { recursive: true });
    remove(0);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe.skipIf(process.platform === 'win32')('opening', () => {
  const address = 'http://127.0.0.1:5002/#token=s3cret';
  /** A desktop whose programs are these scripts. */
  async function desktop(script: string): Promise<OpenSystem> {
    for (const [name, text] of [
      ['xdg-open', script],
      ['xdg-settings', 'echo browser.desktop'],
    ] as const) {
      await writeFile(path.join(folder, name), `#!/bin/sh\n${text}\n`);
      await chmod(path.join(folder, name), 0o755);
    }
    return { ...system('linux', { DISPLAY: ':9', PATH: `${folder}:/usr/bin:/bin`, OUT: path.join(folder, 'out') }) };
  }
  const dataDir = (): string => path.join(folder, 'data');
  beforeEach(() => mkdir(dataDir()));

  test('gives the browser a file that is its user’s alone, and no token', async () => {
    await openPage(address, dataDir(), await desktop('echo "$@" > "$OUT.new" && mv "$OUT.new" "$OUT"'));
    const said = await vi.waitFor(() => readFile(path.join(folder, 'out'), 'utf8'), 5000);
    expect(said.trim()).toBe(path.join(dataDir(), 'open.html'));
    expect(said).not.toContain('s3cret');
    expect(await readFile(said.trim(), 'utf8')).toContain(address);
    expect((await stat(said.trim())).mode & 0o777).toBe(0o600);
  });
  test('writes through no link that is in the page’s place', async () => {
    await writeFile(path.join(folder, 'theirs'), 'theirs');
    await symlink(path.join(folder, 'theirs'), path.join(dataDir(), 'open.html'));
    await openPage(address, dataDir(), await desktop('exit 0'));
    expect(await readFile(path.join(folder, 'theirs'), 'utf8')).toBe('theirs');
  });
  test('does not wait for a browser that stays', async () => {
    const startedAt = performance.now();
    await openPage(address, dataDir(), await desktop('exec sleep 20'));
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });
  test.each([
    ['that fails', 'exit 3'],
    ['that is not there', null],
  ])('a browser %s is said', async (_, script) => {
    const machine = script === null ? system('linux', { DISPLAY: ':9', PATH: folder }) : await desktop(script);
    await expect(openPage(address, dataDir(), machine)).rejects.toMatchObject({ code: 'browser_not_opened' });
    expect(await readdir(dataDir())).toEqual([]);
  });
  test('without a desktop nothing is written', async () => {
    await expect(openPage(address, dataDir(), system('linux'))).rejects.toMatchObject({ code: 'browser_not_opened' });
    expect(await readdir(dataDir())).toEqual([]);
  });
});
