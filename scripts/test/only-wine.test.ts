import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { countVitest, type VitestReport } from './counts.ts';
import { judgeOnlyWine, type OnlyWine, onlyWine, reasons } from './only-wine.ts';
import { root } from './tools.ts';

const list: readonly OnlyWine[] = [{ file: 'agent/a.test.ts', test: 'a link', why: 'links' }];
const report = (name: string, ...tests: [string, string][]): VitestReport => ({
  testResults: [
    {
      name,
      status: tests.some(([, status]) => status === 'failed') ? 'failed' : 'passed',
      message: '',
      assertionResults: tests.map(([fullName, status]) => ({ fullName, status })),
    },
  ],
});
const file = 'Z:\\src\\agent\\a.test.ts';

test('a test that is listed and fails is excused with its reason, and counts neither way', () => {
  const { judged, excused, mended } = judgeOnlyWine(report(file, ['a link', 'failed'], ['else', 'passed']), list, true);
  expect(excused).toEqual([`agent/a.test.ts > a link (only Wine: ${reasons.links})`]);
  expect(mended).toEqual([]);
  expect(countVitest(judged, 0)).toEqual({ passed: 1, failed: 0, skipped: 0 });
});

test('another test that fails in that file still fails', () => {
  const { judged } = judgeOnlyWine(report(file, ['a link', 'failed'], ['else', 'failed']), list, true);
  expect(countVitest(judged, 1).failed).toBe(1);
});

test('a test of that name in another file is not excused', () => {
  const { judged, excused } = judgeOnlyWine(report('Z:/src/agent/b.test.ts', ['a link', 'failed']), list, false);
  expect(excused).toEqual([]);
  expect(countVitest(judged, 1).failed).toBe(1);
});

test('one that passes by now, or is gone, has to leave the list', () => {
  expect(judgeOnlyWine(report(file, ['a link', 'passed']), list, true).mended).toHaveLength(1);
  expect(judgeOnlyWine(report(file, ['else', 'passed']), list, true).mended).toHaveLength(1);
  expect(judgeOnlyWine(report(file, ['else', 'passed']), list, false).mended).toEqual([]);
});

test('what is listed is there, and each reason is shown by a test of its own', () => {
  for (const each of onlyWine) expect(existsSync(path.join(root, each.file)), each.file).toBe(true);
  const proofs = readFileSync(path.join(root, 'scripts/e2e/windows/wine-itself.windows.ts'), 'utf8');
  for (const reason of Object.values(reasons)) expect(proofs).toContain(`test('${reason}'`);
});
