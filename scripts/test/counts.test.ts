import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { countExitCode, countVitest, failuresOf, skippedNames, sum, summaryLine, type VitestReport } from './counts.ts';

type File = VitestReport['testResults'][number];

function file(statuses: string[], status = 'passed'): File {
  return {
    name: '/a.test.ts',
    status,
    message: '',
    assertionResults: statuses.map((one, index) => ({ fullName: `test ${index}`, status: one })),
  };
}
const report = (...testResults: File[]): VitestReport => ({ testResults });

describe('countVitest', () => {
  test('adds up the tests of all files', () => {
    const given = report(file(['passed', 'passed', 'skipped']), file(['failed', 'passed', 'todo'], 'failed'));
    expect(countVitest(given, 1)).toEqual({ passed: 3, failed: 1, skipped: 2 });
  });

  test('counts a crash without a report as one failure, whatever the exit code', () => {
    expect(countVitest(undefined, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  test('counts a file that could not be loaded as one failure', () => {
    expect(countVitest(report(file([], 'failed')), 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  test('counts a failed hook, whose tests Vitest calls skipped, as one failure', () => {
    expect(countVitest(report(file(['skipped', 'skipped'], 'failed')), 1)).toEqual({
      passed: 0,
      failed: 1,
      skipped: 2,
    });
  });

  test('counts tests that a dead worker never reached as failed', () => {
    expect(countVitest(report(file(['passed', 'pending', 'pending'], 'failed')), 1)).toEqual({
      passed: 1,
      failed: 2,
      skipped: 0,
    });
  });

  test('counts an unhandled error, which only the exit code tells, as one failure', () => {
    expect(countVitest(report(file(['passed'])), 1)).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });

  test('counts nothing when a filter leaves a project empty', () => {
    expect(countVitest(report(), 0)).toEqual({ passed: 0, failed: 0, skipped: 0 });
  });
});

describe('the sum of all stages', () => {
  test('is the last line', () => {
    const counts = [countExitCode(0), countExitCode(2), { passed: 40, failed: 0, skipped: 3 }];
    expect(summaryLine(sum(counts))).toBe('41 passed, 1 failed, 3 skipped');
  });

  test('names what was skipped', () => {
    expect(skippedNames(report(file(['passed', 'skipped', 'todo'])))).toEqual(['test 1', 'test 2']);
    expect(skippedNames(undefined)).toEqual([]);
  });
});

describe('what failed', () => {
  const root = path.resolve('/project');
  const inFile = (given: File): File => ({ ...given, name: path.join(root, 'agent', 'a.test.ts') });

  test('is named by file and test, with Vitest’s message', () => {
    const given = inFile(file(['passed', 'failed', 'skipped', 'pending'], 'failed'));
    Object.assign(given.assertionResults[1] ?? {}, { failureMessages: ['expected 1', 'expected 2'] });
    expect(failuresOf(report(given), root)).toEqual([
      { name: 'agent/a.test.ts > test 1', message: 'expected 1\nexpected 2' },
      { name: 'agent/a.test.ts > test 3', message: '' },
    ]);
  });

  test('is the file where it failed outside of its tests', () => {
    const given = { ...inFile(file([], 'failed')), message: 'cannot be loaded' };
    expect(failuresOf(report(given), root)).toEqual([{ name: 'agent/a.test.ts', message: 'cannot be loaded' }]);
  });

  test('is nothing where all passed, and where there is no report', () => {
    expect(failuresOf(report(file(['passed'])), root)).toEqual([]);
    expect(failuresOf(undefined, root)).toEqual([]);
  });
});
