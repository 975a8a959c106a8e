/** A report as a person reads it in a terminal. */
import type { DoctorCheck, DoctorGroup, DoctorReport, DoctorState } from '../../shared/doctor.ts';
import type { Language } from '../../shared/errors.ts';
import { doctorWords } from './words.ts';

const marks: Readonly<Record<DoctorState, string>> = { good: '✓', warning: '!', fault: '✗', skipped: '–' };

/** How marks are coloured, where they are. */
export interface Paint {
  good(text: string): string;
  bad(text: string): string;
  dim(text: string): string;
}
export const plain: Paint = { good: (text) => text, bad: (text) => text, dim: (text) => text };

/** One line a check in its group, below it what is wrong and what mends it, and at the end how many. */
export function reportText({ checks, counts }: DoctorReport, language: Language, paint: Paint = plain): string {
  const words = doctorWords[language];
  const groups = [...new Set(checks.map(({ group }) => group))];
  const lines = groups.flatMap((group) => [
    '',
    words.groups[group as DoctorGroup] ?? group,
    ...checks.filter((check) => check.group === group).flatMap((check) => checkLines(check, words.skipped, paint)),
  ]);
  const mendable = checks.filter(({ state, mend }) => state !== 'good' && mend !== null).length;
  return [...lines.slice(1), '', words.count(counts), ...(mendable > 0 ? [words.canMend(mendable)] : [])].join('\n');
}

function checkLines({ state, title, notices }: DoctorCheck, skipped: string, paint: Paint): string[] {
  const line = `  ${marks[state]} ${title}`;
  if (state === 'skipped') return [paint.dim(`${line} (${skipped})`)];
  const head = state === 'good' ? `  ${paint.good(marks.good)} ${title}` : state === 'fault' ? paint.bad(line) : line;
  return [
    head,
    ...notices.flatMap(({ message, fix }) => [`      ${message}`, ...(fix === undefined ? [] : [`      → ${fix}`])]),
  ];
}
