import { describe, expect, test } from 'vitest';
import { parseArguments, UsageError } from './arguments.ts';

describe('the command line of npm test', () => {
  test.each([
    [[], { repeat: null, vitest: [] }],
    [['agent/uploads', '-t', 'resets'], { repeat: null, vitest: ['agent/uploads', '-t', 'resets'] }],
    [['--repeat', '20'], { repeat: 20, vitest: [] }],
    [['--repeat=20', 'agent/uploads'], { repeat: 20, vitest: ['agent/uploads'] }],
    [['agent', '--repeat', '3', '--bail=1', 'shared'], { repeat: 3, vitest: ['agent', '--bail=1', 'shared'] }],
    // Of two, the later one counts, as with Vitest's own.
    [['--repeat', '3', '--repeat', '4'], { repeat: 4, vitest: [] }],
  ])('%j: rounds of the unit tests, and what is Vitest’s', (args, expected) => {
    expect(parseArguments(args)).toEqual(expected);
  });

  test.each([
    [['--repeat'], 'not “”'],
    [['--repeat='], 'not “”'],
    [['--repeat', '0'], 'not “0”'],
    [['--repeat', '-1'], 'not “-1”'],
    [['--repeat', '1.5'], 'not “1.5”'],
    [['--repeat', '10000'], 'from 1 to 9999'],
    [['--repeat', 'agent/uploads'], 'not “agent/uploads”'],
  ])('%j is refused in one sentence', (args, part) => {
    expect(() => parseArguments(args)).toThrow(UsageError);
    expect(() => parseArguments(args)).toThrow(part);
    expect(() => parseArguments(args)).toThrow(/^[^\n]+\.$/);
  });
});
