import { expect, test } from 'vitest';
import { modelProgress } from './model-progress.ts';

const words = (file: string, percent: number, size: string): string => `${file} ${percent} ${size}`;
const bytes = 147_951_465;

function shown(isTTY: boolean): string[] {
  const written: string[] = [];
  const progress = modelProgress({ isTTY, write: (text) => written.push(text) }, words);
  for (let part = 0; part <= 1000; part++)
    progress({ file: 'm.bin', received: Math.round((bytes * part) / 1000), bytes });
  return written;
}

test('in a terminal it is one line that fills up', () => {
  const written = shown(true);
  expect(written).toHaveLength(101);
  expect(written[50]).toBe('\r[##########..........] m.bin 50 148 MB');
  expect(written.at(-1)).toBe('\r[####################] m.bin 100 148 MB\n');
});

test('in a log it is a line for each tenth', () => {
  expect(shown(false)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100].map((tenth) => `m.bin ${tenth} 148 MB\n`));
});
