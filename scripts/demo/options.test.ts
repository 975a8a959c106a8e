import { describe, expect, test } from 'vitest';
import { parseOptions, UsageError } from './options.ts';

describe('the demo’s options', () => {
  test('without any: 10 s on this machine’s OBS', () => {
    expect(parseOptions([])).toEqual({ seconds: 10, obs: 'system', keep: false, json: false });
  });

  test('all of them', () => {
    expect(parseOptions(['--seconds', '2', '--obs=newest', '--keep', '--json'])).toEqual({
      seconds: 2,
      obs: 'newest',
      keep: true,
      json: true,
    });
  });

  test.each([['--help'], ['-h']])('%s asks for help', (arg) => {
    expect(parseOptions([arg])).toBeNull();
  });

  test.each([
    [['--seconds', '0'], 'not “0”'],
    [['--seconds', '3601'], 'from 1 to 3600'],
    [['--seconds', '1.5'], 'not “1.5”'],
    [['--seconds', 'ten'], 'not “ten”'],
    [['--seconds='], 'not “”'],
    [['--seconds'], '--seconds'],
    [['--seconds', '-1'], '--seconds'],
    [['--obs', 'latest'], 'newest, system, simulated'],
    [['--loud'], "'--loud'"],
    [['5'], "'5'"],
    [['--json=yes'], '--json'],
  ])('%j is refused in one sentence', (args, part) => {
    expect(() => parseOptions(args)).toThrow(UsageError);
    expect(() => parseOptions(args)).toThrow(part);
    expect(() => parseOptions(args)).toThrow(/^[^\n]+\.$/);
    expect(() => parseOptions(args, 'fr')).toThrow(/^[^\n]*(?:n’est pas valable|doit être)[^\n]*\.$/);
  });
});
