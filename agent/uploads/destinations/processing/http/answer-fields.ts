/** The values that a processing server's answers have in common: untrusted, tolerant of more than was promised. */
// Tests: ../processing.test.ts and ../tasks/status-answer.test.ts
import * as z from 'zod';
import { type Fields, fieldsOf } from './json.ts';

/** `.` and `..` would be lost as a URL's path segment. */
export const taskIdSchema = z.union([
  z
    .string()
    .trim()
    .min(1)
    .max(500)
    .regex(/^(?!\.{1,2}$)/),
  z.int().transform(String),
]);

/** A number, or one written as a text. */
export const numberSchema = z.union([
  z.number(),
  z
    .string()
    .regex(/^\d{1,16}(\.\d+)?$/)
    .transform(Number),
]);

/** Hex. */
export const sha256Schema = z
  .string()
  .regex(/^[0-9a-f]{64}$/i)
  .toLowerCase();

/** Names of a progress (`fieldsOf`), and of one that is surely in per cent. */
const percentNames = [
  'percent',
  'percentage',
  'progresspercent',
  'progresspercentage',
  'percentcomplete',
  'percentdone',
  'pct',
];
const progressNames = ['progress', 'completion'];

/** How far something is, 0..100: told as such, as a part of 1, as `42%`, `3/7`, or as what is done of a total. null: not told. */
export function progressOf(fields: Fields): number | null {
  for (const name of progressNames) {
    const progress = scaled(fields.get(name)) ?? progressInside(fields.get(name));
    if (progress !== null) return progress;
  }
  for (const name of percentNames) {
    const progress = percent(fields.get(name));
    if (progress !== null) return progress;
  }
  return null;
}

/** Between 0 and 1 it is a part of 1: no server counts single per cents in fractions for long. */
function scaled(value: unknown): number | null {
  const number = percent(value);
  const written = typeof value === 'string' && /[%/]/.test(value);
  return number !== null && number > 0 && number < 1 && !written ? bounded(100 * number) : number;
}

function percent(value: unknown): number | null {
  if (typeof value === 'number') return bounded(value);
  if (typeof value !== 'string') return null;
  const [, part, total] = /^\s*(\d{1,9})\s*\/\s*(\d{1,9})\s*$/.exec(value) ?? [];
  if (part !== undefined) return share(Number(part), Number(total));
  const [, number] = /^(\d{1,16}(?:[.,]\d{1,20})?)\s*%?$/.exec(value.trim()) ?? [];
  return number === undefined ? null : bounded(Number(number.replace(',', '.')));
}

function progressInside(value: unknown): number | null {
  const fields = typeof value === 'object' ? fieldsOf(value) : null;
  if (fields === null) return null;
  const total = fields.get('total');
  const done = ['current', 'done', 'completed', 'processed']
    .map((name) => fields.get(name))
    .find((each) => typeof each === 'number');
  if (typeof total === 'number' && typeof done === 'number') return share(done, total);
  return (
    percentNames.map((name) => percent(fields.get(name))).find((each) => each !== null) ?? scaled(fields.get('value'))
  );
}

const share = (done: number, total: number): number | null => (total > 0 ? bounded((100 * done) / total) : null);

/** To hundredths: 0.29 of 1 is 28.999999999999996 per cent. */
function bounded(value: number): number {
  return Math.round(Math.min(Math.max(value, 0), 100) * 100) / 100;
}
