import path from 'node:path';
import { expect, test } from 'vitest';
import { repeat } from './repeat.ts';
import type { VitestRun } from './vitest.ts';

const root = path.resolve('/project');

/** A round in which these two tests ended so. */
function round(first: 'passed' | 'failed', second: 'passed' | 'failed'): VitestRun {
  const failed = first === 'failed' || second === 'failed';
  const result = (fullName: string, status: string) => ({
    fullName,
    status,
    failureMessages: status === 'failed' ? ['expected 1 to be 2\n    at a.test.ts:3'] : [],
  });
  const file = { name: path.join(root, 'a.test.ts'), status: failed ? 'failed' : 'passed', message: '' };
  const report = { testResults: [{ ...file, assertionResults: [result('first', first), result('second', second)] }] };
  return { exitCode: failed ? 1 : 0, report, output: '' };
}

async function said(rounds: readonly VitestRun[]): Promise<{ lines: string[]; counts: object }> {
  const lines: string[] = [];
  const left = [...rounds];
  const run = async (): Promise<VitestRun> => left.shift() ?? round('passed', 'passed');
  const counts = await repeat({ rounds: rounds.length, run, say: (text) => lines.push(...text.split('\n')), root });
  return { lines: lines.map((line) => line.replace(/\(\d+\.\d s\)/, '(… s)')), counts };
}

test('each round has a line, with the names of what failed under it; the end tells which failed in which', async () => {
  const rounds = [round('passed', 'passed'), round('failed', 'passed'), round('failed', 'failed')];
  const { lines, counts } = await said(rounds);
  expect(lines).toEqual([
    'round 1 of 3: 2 passed, 0 failed, 0 skipped (… s)',
    'round 2 of 3: 1 passed, 1 failed, 0 skipped (… s)',
    '  failed: a.test.ts > first',
    '    expected 1 to be 2',
    '        at a.test.ts:3',
    'round 3 of 3: 0 passed, 2 failed, 0 skipped (… s)',
    '  failed: a.test.ts > first',
    '    expected 1 to be 2',
    '        at a.test.ts:3',
    '  failed: a.test.ts > second',
    '    expected 1 to be 2',
    '        at a.test.ts:3',
    'failed in 2 of 3 rounds (2, 3): a.test.ts > first',
    'failed in 1 of 3 rounds (3): a.test.ts > second',
  ]);
  expect(counts).toEqual({ passed: 3, failed: 3, skipped: 0 });
});

test('a round whose failure is in no report tells what Vitest wrote', async () => {
  const unhandled = { ...round('passed', 'passed'), exitCode: 1, output: 'Unhandled Rejection: late\n' };
  const crashed = { exitCode: 1, report: undefined, output: 'out of memory' };
  const { lines, counts } = await said([unhandled, crashed]);
  expect(lines).toEqual([
    'round 1 of 2: 2 passed, 1 failed, 0 skipped (… s)',
    '  failed: Vitest itself',
    '    Unhandled Rejection: late',
    'round 2 of 2: 0 passed, 1 failed, 0 skipped (… s)',
    '  failed: Vitest itself',
    '    out of memory',
    'failed in 2 of 2 rounds (1, 2): Vitest itself',
  ]);
  expect(counts).toEqual({ passed: 2, failed: 2, skipped: 0 });
});
