/** One line of the log for people: when, how bad, what, and what belongs to it. */
import { plainText } from '../plain-text.ts';
import type { TerminalOutput } from './terminal-output.ts';

/** @param line as it stands in the file; what is no JSON is shown as it is */
export function logLine(line: string, output: Pick<TerminalOutput, 'bad' | 'dim'>): string {
  const entry = parse(line);
  if (entry === null) return plainText(line);
  const { time, level, msg, ...rest } = entry;
  const when = new Date(String(time));
  const clock = Number.isNaN(when.getTime()) ? String(time) : localTime(when);
  const name = plainText(String(level)).padEnd(5);
  const details = Object.entries(rest).map(([key, value]) => `${key}=${shown(value)}`);
  const isBad = level === 'error' || level === 'fatal' || level === 'warn';
  return [
    output.dim(plainText(clock)),
    isBad ? output.bad(name) : name,
    plainText(String(msg ?? '')),
    output.dim(plainText(details.join(' '))),
  ]
    .join('  ')
    .trimEnd();
}

/** This machine's time, sortable: `2026-11-28 23:55:58.090`. */
function localTime(when: Date): string {
  const pad = (value: number, width = 2): string => String(value).padStart(width, '0');
  const day = [when.getFullYear(), pad(when.getMonth() + 1), pad(when.getDate())].join('-');
  const time = [pad(when.getHours()), pad(when.getMinutes()), pad(when.getSeconds())].join(':');
  return `${day} ${time}.${pad(when.getMilliseconds(), 3)}`;
}

/** An error goes by its message: its stack is in the file. */
function shown(value: unknown): string {
  if (typeof value === 'string') return value.includes(' ') ? JSON.stringify(value) : value;
  const message = typeof value === 'object' && value !== null && 'message' in value ? value.message : undefined;
  return JSON.stringify(typeof message === 'string' ? message : value);
}

function parse(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}
