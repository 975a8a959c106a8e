/** Numbers, sizes and durations in the reader's language, through Intl. Shared by the dock and the command line. */
import type { Language } from './errors.ts';

const byteUnits: Record<Language, readonly string[]> = {
  en: ['B', 'kB', 'MB', 'GB', 'TB'],
  fr: ['o', 'ko', 'Mo', 'Go', 'To'],
};

/** Bytes in decimal units, as OBS and file managers show them: `4.1 MB`, `4,1 Mo`. */
export function formatBytes(bytes: number, language: Language): string {
  const units = byteUnits[language];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  const number = new Intl.NumberFormat(language, {
    maximumFractionDigits: digits,
    minimumFractionDigits: digits,
  }).format(value);
  return `${number}\u00a0${units[unit]}`;
}

/** Bytes per second: `4.1 MB/s`. */
export function formatSpeed(bytesPerSecond: number, language: Language): string {
  return `${formatBytes(bytesPerSecond, language)}/s`;
}

/** A running clock: `00:01:02`; from 100 hours on with three digits. */
export function formatClock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
}

/** A share of 0..1 in whole per cent, rounded down: 100 % only for 1. */
export function formatPercent(ratio: number, language: Language): string {
  const floored = Math.floor(Math.min(1, Math.max(0, ratio)) * 100) / 100;
  return new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 }).format(floored);
}
