import { expect, test } from 'vitest';
import type { VitestReport } from './counts.ts';
import { hostileLines } from './hostile.ts';

type Result = VitestReport['testResults'][number]['assertionResults'][number];

const report = (...results: Omit<Result, 'fullName'>[]): VitestReport => ({
  testResults: [
    {
      name: '/a.e2e.ts',
      status: 'passed',
      message: '',
      assertionResults: results.map((result) => ({ fullName: 'x', ...result })),
    },
  ],
});
const page = { attacker: 'web page' };

test('inputs are counted by attacker, over all reports; what failed or never ended was let in', () => {
  const first = report({ status: 'passed', meta: page }, { status: 'failed', meta: page }, { status: 'passed' });
  const second = report(
    { status: 'pending', meta: { attacker: 'OBS' } },
    { status: 'skipped', meta: { attacker: 'store' } },
  );
  expect(hostileLines([first, undefined, second])).toEqual(['hostile inputs: 3 tried, 2 let in (web page 2, OBS 1)']);
});

test('a test that goes through many inputs counts as many, and lets in one where it fails', () => {
  const many = { attacker: 'OBS', inputs: 200 };
  expect(hostileLines([report({ status: 'passed', meta: many }, { status: 'failed', meta: many })])).toEqual([
    'hostile inputs: 400 tried, 1 let in (OBS 400)',
  ]);
});

test('figures follow, also without any input', () => {
  const fuzzed = report({ status: 'passed', meta: { figure: 'fuzz: 2,000' } });
  expect(hostileLines([fuzzed])).toEqual(['fuzz: 2,000']);
  expect(hostileLines([report({ status: 'passed', meta: page }), fuzzed])).toEqual([
    'hostile inputs: 1 tried, 0 let in (web page 1)',
    'fuzz: 2,000',
  ]);
});

test('nothing is said where nothing of the kind ran', () => {
  expect(hostileLines([report({ status: 'passed', meta: {} }, { status: 'failed' }), undefined])).toEqual([]);
});
