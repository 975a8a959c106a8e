import { describe, expect, test } from 'vitest';
import { formatBitrate, formatDuration, formatMoment, formatRemaining, formatUntil } from './format.ts';

/** Blanks of every width read as one: ICU's versions differ in them. */
const plain = (text: string): string => text.replace(/\s/g, ' ');

describe('a duration', () => {
  test.each([
    [0, '0 sec', '0 s'],
    [-5, '0 sec', '0 s'],
    [400, '0 sec', '0 s'],
    [45_000, '45 sec', '45 s'],
    [59_600, '1 min', '1 min'],
    [200_000, '3 min 20 sec', '3 min 20 s'],
    [3_600_000, '1 hr', '1 h'],
    [3_900_000, '1 hr 5 min', '1 h 5 min'],
    [100 * 3_600_000, '100 hr', '100 h'],
  ])('of %i ms', (ms, english, french) => {
    expect(plain(formatDuration(ms, 'en'))).toBe(english);
    expect(plain(formatDuration(ms, 'fr'))).toBe(french);
  });
});

describe('what is left', () => {
  test.each([
    [12_000, '12 sec'],
    [61_000, '1 min'],
    [200_000, '3 min'],
    [3_899_000, '1 hr 5 min'],
    [152.6 * 3_600_000, '153 hr'],
  ])('of %i ms', (ms, text) => {
    expect(plain(formatRemaining(ms, 'en'))).toBe(text);
  });
});

describe('a moment to come', () => {
  test.each([
    [12_000, 'in 12 sec.', 'dans 12 s'],
    [-3000, 'in 0 sec.', 'dans 0 s'],
    [90_000, 'in 2 min.', 'dans 2 min'],
  ])('in %i ms', (ms, english, french) => {
    expect(plain(formatUntil(ms, 'en'))).toBe(english);
    expect(plain(formatUntil(ms, 'fr'))).toBe(french);
  });
});

describe('the day of a session', () => {
  const now = new Date(2026, 10, 22);
  test('has no year in this year', () => {
    expect(formatMoment(new Date(2026, 2, 1, 9, 5).toISOString(), 'fr', now)).not.toContain('2026');
  });
  test('has the year in any other', () => {
    expect(formatMoment(new Date(2025, 2, 1, 9, 5).toISOString(), 'en', now)).toContain('2025');
  });
});

describe('a bitrate', () => {
  test.each([
    [6_000_000, 'en', '6\u00a0Mbit/s'],
    [5_940_000, 'fr', '5,9\u00a0Mbit/s'],
    [640_400, 'en', '640\u00a0kbit/s'],
  ] as const)('of %i bits/s (%s)', (bits, language, text) => {
    expect(formatBitrate(bits, language)).toBe(text);
  });
});
