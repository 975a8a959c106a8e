import { describe, expect, test } from 'vitest';
import { longestTrace, type Trace, tracePoints, withSpeed } from './speeds.ts';

describe('a trace of speeds', () => {
  test('takes one a second', () => {
    let trace: Trace | undefined;
    for (let ms = 0; ms <= 2000; ms += 250) trace = withSpeed(trace, ms, ms);
    expect(trace?.speeds).toEqual([0, 1000, 2000]);
  });
  test('forgets what is older than a minute', () => {
    let trace: Trace | undefined;
    for (let second = 0; second < 90; second++) trace = withSpeed(trace, second, second * 1000);
    expect(trace?.speeds).toHaveLength(longestTrace);
    expect(trace?.speeds[0]).toBe(30);
  });
  test('comes in from the right, the fastest at the top', () => {
    expect(tracePoints([50, 100, 0], 59, 10)).toBe('57,5 58,0 59,10');
  });
  test('that stands still lies at the bottom', () => {
    expect(tracePoints([0], 59, 10)).toBe('59,10');
  });
});
