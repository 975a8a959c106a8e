import { describe, expect, test } from 'vitest';
import { Progress } from './progress.ts';

function drawn(isTTY: boolean): { progress: Progress; writes: string[] } {
  const writes: string[] = [];
  const write = (text: string | Uint8Array): boolean => writes.push(String(text)) > 0;
  return { progress: new Progress({ write, isTTY }, 'en'), writes };
}

describe('the progress bar', () => {
  test('on a terminal is drawn in place, each time', () => {
    const { progress, writes } = drawn(true);
    progress.show(0.5, 'half');
    progress.show(0.51, 'more');
    progress.clear();
    expect(writes).toHaveLength(3);
    expect(writes[0]).toBe(`\r\x1b[K  ${'█'.repeat(12)}${'░'.repeat(12)}   50%  half`);
    expect(writes.join('')).not.toContain('\n');
    expect(writes[2]).toBe('\r\x1b[K');
  });

  test('elsewhere is one line per quarter, without control characters', () => {
    const { progress, writes } = drawn(false);
    for (let percent = 0; percent <= 100; percent++) progress.show(percent / 100, `${percent}`);
    progress.clear();
    expect(writes.map((line) => line.trim().split(/\s+/).at(-1))).toEqual(['25', '50', '75', '100']);
    expect(writes.join('')).not.toContain('\x1b');
    progress.show(1, 'the next bar');
    expect(writes).toHaveLength(5);
  });

  test('never leaves its bounds', () => {
    const { progress, writes } = drawn(true);
    progress.show(7, '');
    progress.show(-1, '');
    expect(writes[0]).toContain('100%');
    expect(writes[1]).toContain('0%');
  });
});
