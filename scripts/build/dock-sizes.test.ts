import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DockSizes, dockSizes } from './dock-sizes.ts';

/** As Vite writes it: a first load with a style sheet, two dictionaries, two panels that share a file, one of them with another. */
const manifest = {
  'index.html': {
    file: 'assets/index.js',
    name: 'index',
    isEntry: true,
    imports: ['_vendor.js'],
    dynamicImports: ['i18n/en.ts', 'i18n/fr.ts', 'a/Settings.tsx', 'a/Help.tsx'],
    css: ['assets/index.css'],
  },
  '_vendor.js': { file: 'assets/vendor.js', name: 'vendor' },
  '_shared.js': { file: 'assets/shared.js', name: 'shared', imports: ['index.html'] },
  'i18n/en.ts': { file: 'assets/en.js', name: 'en', isDynamicEntry: true },
  'i18n/fr.ts': { file: 'assets/fr.js', name: 'fr', isDynamicEntry: true },
  'a/Settings.tsx': {
    file: 'assets/Settings.js',
    name: 'Settings',
    imports: ['index.html', '_shared.js'],
    dynamicImports: ['a/Doctor.tsx'],
  },
  'a/Doctor.tsx': { file: 'assets/Doctor.js', name: 'Doctor', imports: ['_shared.js'] },
  'a/Help.tsx': { file: 'assets/Help.js', name: 'Help', imports: ['index.html', '_shared.js'] },
};
const length = { index: 4000, vendor: 300, shared: 200, en: 500, fr: 900, Settings: 1500, Doctor: 800, Help: 100 };

let folder: string;
let sizes: DockSizes;
/** Of a file with so many letters, none of which can be left out. */
const content = (letters: number): string =>
  Array.from({ length: letters }, (_, place) => String.fromCharCode(33 + ((place * place * 7 + place * 31) % 94))).join(
    '',
  );
const bytes = (...names: (keyof typeof length | 'css')[]): number =>
  names.reduce(
    (sum, name) => sum + gzipSync(name === 'css' ? 'a{color:red}' : content(length[name]), { level: 9 }).length,
    0,
  );

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'streamai-dock-'));
  await mkdir(path.join(folder, '.vite'));
  await mkdir(path.join(folder, 'assets'));
  await writeFile(path.join(folder, '.vite/manifest.json'), JSON.stringify(manifest));
  await writeFile(path.join(folder, 'assets/index.css'), 'a{color:red}');
  for (const [name, letters] of Object.entries(length)) {
    await writeFile(path.join(folder, `assets/${name}.js`), content(letters));
  }
  sizes = await dockSizes(folder, { first: 1, Settings: 2 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('the first load is all that the page needs, with its styles and the larger dictionary', () => {
  expect(sizes.parts[0]).toEqual({ name: 'first', bytes: bytes('index', 'vendor', 'css', 'fr'), most: 1 });
});

test('a panel is what it adds to the first load; one inside of another is one of its own', () => {
  expect(sizes.parts.slice(1)).toEqual(
    expect.arrayContaining([
      { name: 'Settings', bytes: bytes('Settings', 'shared'), most: 2 },
      { name: 'Help', bytes: bytes('Help', 'shared'), most: undefined },
      { name: 'Doctor', bytes: bytes('Doctor', 'shared'), most: undefined },
    ]),
  );
  expect(sizes.parts).toHaveLength(4);
});

test('the total has each file once, and one dictionary', () => {
  expect(sizes.total).toBe(bytes('index', 'vendor', 'css', 'fr', 'shared', 'Settings', 'Doctor', 'Help'));
});
