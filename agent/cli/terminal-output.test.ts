import { describe, expect, test } from 'vitest';
import { bar, TerminalOutput } from './terminal-output.ts';

function terminal({ out = true, err = true, env = {} as NodeJS.ProcessEnv } = {}) {
  const written: string[] = [];
  const stream = (isTTY: boolean) => ({ isTTY, columns: 20, write: (text: string) => written.push(text) });
  return { output: new TerminalOutput(stream(out), stream(err), env), written };
}
const esc = '\u001b';

describe('colours', () => {
  test('are for a terminal', () => expect(terminal().output.good('✓')).toBe(`${esc}[32m✓${esc}[39;22m`));
  test.each([
    ['a pipe', { out: false }],
    ['NO_COLOR', { env: { NO_COLOR: '1' } }],
    ['a dumb terminal', { env: { TERM: 'dumb' } }],
  ])('not for %s', (_, how) => {
    const { output } = terminal(how);
    expect([output.good('a'), output.bad('b'), output.dim('c')]).toEqual(['a', 'b', 'c']);
  });
  test('an empty NO_COLOR is none', () => expect(terminal({ env: { NO_COLOR: '' } }).output.bad('x')).not.toBe('x'));
});

describe('a progress line', () => {
  test('is drawn over, no wider than the terminal, and makes way for what is said', () => {
    const { output, written } = terminal();
    output.draw('x'.repeat(50));
    output.draw('half');
    output.say('done');
    output.say('more');
    expect(written).toEqual([`\r${esc}[K${'x'.repeat(19)}`, `\r${esc}[Khalf`, `\r${esc}[K`, 'done\n', 'more\n']);
  });
  test.each([
    ['the output is a pipe', { out: false }],
    ['the errors are a pipe', { err: false }],
    ['the terminal is dumb', { env: { TERM: 'dumb' } }],
  ])('is nothing where %s', (_, how) => {
    const { output, written } = terminal(how);
    output.draw('half');
    output.endDrawing();
    expect([written, output.hasBars]).toEqual([[], false]);
  });
});

test.each([
  [-1, '░░░░'],
  [0, '░░░░'],
  [0.5, '██░░'],
  [1, '████'],
  [7, '████'],
])('a bar for %d', (share, drawn) => expect(bar(share, 4)).toBe(drawn));
