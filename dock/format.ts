/** Durations, dates, waits and bitrates in the reader's language; shared/format.ts has the other formats. */
import type { Language } from '../shared/errors.ts';

const unit = (value: number, name: string, language: Language): string =>
  new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: 'short' })
    .format(value)
    .replace(/\s/g, '\u00a0');

/** A length of time in its two largest units: `45 sec`, `3 min 20 sec`, `1 h 5 min`. */
export function formatDuration(ms: number, language: Language): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const parts: [number, string][] =
    hours > 0
      ? [
          [hours, 'hour'],
          [minutes, 'minute'],
        ]
      : [
          [minutes, 'minute'],
          [seconds % 60, 'second'],
        ];
  const shown = parts.filter(([value]) => value > 0);
  return (shown.length > 0 ? shown : [[0, 'second'] as [number, string]])
    .map(([value, name]) => unit(value, name, language))
    .join('\u00a0');
}

/** How long something is expected to take, rounded as far as a guess deserves: `12 s`, `3 min`, `1 h 5 min`, `152 h`. */
export function formatRemaining(ms: number, language: Language): string {
  const minuteMs = 60_000;
  const stepMs = ms < minuteMs ? 1 : ms < 600 * minuteMs ? minuteMs : 60 * minuteMs;
  return formatDuration(Math.round(ms / stepMs) * stepMs, language);
}

/** When something comes that is `ms` away: `in 12 sec.`, `dans 12 s`; 0 where that is past. */
export function formatUntil(ms: number, language: Language): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const format = new Intl.RelativeTimeFormat(language, { style: 'short' });
  return seconds < 60 ? format.format(seconds, 'second') : format.format(Math.ceil(seconds / 60), 'minute');
}

/** Day and time of day, with the year where it is not the year of `now`. */
export function formatMoment(iso: string, language: Language, now = new Date()): string {
  const moment = new Date(iso);
  const year = moment.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' as const };
  return new Intl.DateTimeFormat(language, {
    day: 'numeric',
    month: 'short',
    ...year,
    hour: '2-digit',
    minute: '2-digit',
  }).format(moment);
}

/** A bitrate: `6 Mbit/s` (6,000 kbps in OBS's settings), `640 kbit/s`. */
export function formatBitrate(bitsPerSecond: number, language: Language): string {
  const inMegabits = bitsPerSecond >= 1_000_000;
  const value = bitsPerSecond / (inMegabits ? 1_000_000 : 1000);
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: inMegabits ? 1 : 0 }).format(value);
  return `${number}\u00a0${inMegabits ? 'Mbit/s' : 'kbit/s'}`;
}
