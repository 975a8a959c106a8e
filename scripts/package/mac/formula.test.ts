import { expect, test } from 'vitest';
import { formula } from './formula.ts';

const tarball = (arch: 'arm64' | 'x64', sum: string) => ({
  arch,
  url: `https://example.com/StreamAI-1.2.3-macos-${arch}.tar.gz`,
  sha256: sum.repeat(64),
});

test('Homebrew gets each processor’s tarball with its sum', () => {
  const text = formula('1.2.3', [tarball('x64', 'a'), tarball('arm64', 'b')]);
  const blocks = [...text.matchAll(/^ {2}on_(arm|intel) do\n {4}url "(.*)"\n {4}sha256 "(.*)"\n {2}end$/gm)].map(
    (match) => match.slice(1),
  );
  expect(blocks).toEqual([
    ['intel', 'https://example.com/StreamAI-1.2.3-macos-x64.tar.gz', 'a'.repeat(64)],
    ['arm', 'https://example.com/StreamAI-1.2.3-macos-arm64.tar.gz', 'b'.repeat(64)],
  ]);
  expect(text).toMatch(/^class Streamai < Formula$/m);
  expect(text).toMatch(/^ {2}version "1\.2\.3"$/m);
});

test('every block of it ends', () => {
  const text = formula('1.2.3', [tarball('arm64', 'b')]);
  const opened = text.match(/^\s*(?:class|def)\b|\bdo$/gm)?.length;
  expect(text.match(/^\s*end$/gm)).toHaveLength(opened ?? 0);
});

test('a tarball of one processor alone makes a formula for that one', () => {
  expect(formula('1.2.3', [tarball('arm64', 'b')])).not.toContain('on_intel');
});
