import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { checkExpressions, expressionsOf, productFiles } from './regular-expressions.ts';

async function project(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-expressions-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.join(folder, path.dirname(file)), { recursive: true });
    await writeFile(path.join(folder, file), text);
  }
  return folder;
}

test('expressions are found wherever they stand, and nothing else', async () => {
  const root = await project({
    'agent/a.ts': `const a = 1 / 2; // /no/\nexport const b = (text: string) => [/b+/g, \`\${/c/i.test(text)}\`, "/d/"];\n`,
    'dock/b.tsx': 'export const C = () => <p title="/no/">{/e/u.source} / 2</p>;\n',
    'agent/made.ts': `export const made = (text: string) => new RegExp(\n  \`^\${text}$\`);\n`,
    'agent/a.test.ts': '/(a+)+$/;',
    'agent/x-fixture.ts': '/(a+)+$/;',
    'scripts/rig/x.ts': '/(a+)+$/;',
  });
  expect(productFiles(root)).toEqual(['agent/a.ts', 'agent/made.ts', 'dock/b.tsx']);
  const all = productFiles(root).map((file) => expressionsOf(root, file));
  expect(all.flatMap(({ found }) => found)).toEqual([
    { file: 'agent/a.ts', line: 2, source: 'b+', flags: 'g' },
    { file: 'agent/a.ts', line: 2, source: 'c', flags: 'i' },
    { file: 'dock/b.tsx', line: 1, source: 'e', flags: 'u' },
  ]);
  expect(all.flatMap(({ made }) => made)).toEqual([
    { file: 'agent/made.ts', line: 1, code: `new RegExp( \`^\${text}$\`)` },
  ]);
});

test('those that can take long are named, with what makes them', { timeout: 120_000 }, async () => {
  const root = await project({
    'agent/slow.ts': [
      // What was in the product once: the log's, and that of playlists.
      String.raw`export const a = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@:]*:[^\s/@]*@/gi;`,
      String.raw`export const b = /^(?:\s|<\?[^>]*>|<!--[\s\S]*?-->)*<MPD[\s>]/;`,
      'export const c = /^[a-z]+$/;',
      'export const d = (text: string) => new RegExp(text);',
    ].join('\n'),
  });
  const said: string[] = [];
  expect(await checkExpressions(root, (line) => said.push(line))).toBe(1);
  expect(said).toEqual([
    expect.stringMatching(/^agent\/slow\.ts:4 makes an expression that nobody has looked at: new RegExp\(text\)$/),
    expect.stringMatching(/^agent\/slow\.ts:1 .* polynomial/),
    expect.stringMatching(/^agent\/slow\.ts:2 .* exponential/),
  ]);
  expect(await checkExpressions(await project({ 'agent/fine.ts': 'export const a = /^[a-z]+$/;' }), () => {})).toBe(0);
});
