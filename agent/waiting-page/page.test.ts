import { createHash } from 'node:crypto';
import path from 'node:path';
import { rolldown } from 'rolldown';
import { expect, test } from 'vitest';
import { waitingPage } from './page.ts';
import { waitingWords } from './words.ts';

const options = { aliveFile: 'x.js', logFile: '/home/é/a "b" <c> & d/agent.log', platform: 'linux' } as const;
const text = waitingPage(options);

test('is the same for the same options', () => {
  expect(waitingPage(options)).toBe(text);
  expect(waitingPage({ ...options, platform: 'win32' })).not.toBe(text);
});

test('names nothing outside itself, and its policy allows its own script and style alone', () => {
  expect(text).not.toMatch(/https?:\/\/(?!\[)|\bsrc=|\bhref=|url\(|@import|\son[a-z]+=|style=/);
  const policy = /content="(default-src [^"]*)"/.exec(text)?.[1] ?? '';
  const hashes = ['style', 'script'].map((tag) => {
    const [, inside = ''] = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(text) ?? [];
    expect(inside.length).toBeGreaterThan(100);
    return `'sha256-${createHash('sha256').update(inside).digest('base64')}'`;
  });
  expect(policy).toBe(
    `default-src 'none'; style-src ${hashes[0]}; script-src 'self' ${hashes[1]}; base-uri 'none'; form-action 'none'`,
  );
});

test('a path is text, whatever its characters are', () => {
  expect(text).toContain('<code>/home/é/a &quot;b&quot; &lt;c&gt; &amp; d/agent.log</code>');
});

test('its script stands on its own, and reads no clock that is set', () => {
  const [, script = ''] = /<script>([\s\S]*?)<\/script>/.exec(text) ?? [];
  expect(() => new Function(script)).not.toThrow();
  expect(script).not.toMatch(/\bDate\b|\bimport\b|__vite/);
});

test('is as whole where the agent is bundled and minified', async () => {
  const bundle = await rolldown({
    input: path.join(import.meta.dirname, 'page.ts'),
    platform: 'node',
    logLevel: 'silent',
  });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  const code = Buffer.from(output[0].code).toString('base64');
  const bundled = (await import(/* @vite-ignore */ `data:text/javascript;base64,${code}`)) as {
    waitingPage: typeof waitingPage;
  };
  const [, script = ''] = /<script>([\s\S]*?)<\/script>/.exec(bundled.waitingPage(options)) ?? [];
  const looks: string[] = [];
  const said: { hidden: boolean; dataset: Record<string, string>; querySelector: (selector: string) => unknown } = {
    ...{ hidden: true, dataset: {}, querySelector: () => null },
  };
  const page = {
    ...{ documentElement: {}, querySelector: () => said, addEventListener: () => {} },
    createElement: () => ({ remove: () => {} }),
    head: {
      append(each: { src: string; onload: () => void }) {
        looks.push(each.src);
        each.onload();
      },
    },
  };
  new Function('document', 'navigator', 'window', 'setTimeout', 'clearTimeout', script)(
    ...[page, { languages: ['de', 'fr-CA'] }, {}, () => 1, () => {}],
  );
  expect(looks).toEqual([expect.stringMatching(/^x\.js\?1\./)]);
  expect(said).toMatchObject({ hidden: false, dataset: { state: 'away' } });
  expect(page.documentElement).toEqual({ lang: 'fr' });
});

test.each(['en', 'fr'] as const)('%s: every text is there, with commands set apart', (language) => {
  const words = waitingWords[language];
  for (const state of Object.values(words.states)) expect(text).toContain(state);
  expect(text).toContain(`<main lang="${language}"`);
  expect(text).toContain(words.start.replace(/\{([^}]*)\}/g, '<code>$1</code>'));
  expect(text).not.toMatch(/[{]streamai|undefined/);
});
