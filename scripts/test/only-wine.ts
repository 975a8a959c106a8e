/**
 * What fails under Wine and is no fault of StreamAI's: each test by its name, with the reason. That it is Wine is shown by tests that
 * have nothing of StreamAI in them (scripts/e2e/windows/wine-itself.windows.ts). A test that passes again has to leave the list.
 */
import type { VitestReport } from './counts.ts';

export interface OnlyWine {
  /** From the project's folder, with `/`. */
  readonly file: string;
  /** What Vitest calls it with the names of its groups, in full. */
  readonly test: string;
  readonly why: keyof typeof reasons;
}

export const reasons = {
  reset: 'an answer that is followed at once by a reset is lost on its way to the program',
} as const;

export const onlyWine: readonly OnlyWine[] = [];

export interface Judged {
  /** Without the tests that may fail. */
  readonly judged: VitestReport;
  /** Those that did fail, with the reason. */
  readonly excused: readonly string[];
  /** Those that passed, or are gone. */
  readonly mended: readonly string[];
}

/** @param isAll whether every test ran: then one that is listed and did not is gone */
export function judgeOnlyWine(report: VitestReport, list: readonly OnlyWine[], isAll: boolean): Judged {
  const excused: string[] = [];
  const mended: string[] = [];
  const seen = new Set<OnlyWine>();
  const testResults = report.testResults.map((file) => {
    const own = list.filter((each) => file.name.replaceAll('\\', '/').endsWith(`/${each.file}`));
    if (own.length === 0) return file;
    const assertionResults = file.assertionResults.filter(({ fullName, status }) => {
      const entry = own.find(({ test }) => test === fullName);
      if (entry === undefined) return true;
      seen.add(entry);
      if (status !== 'failed') mended.push(`${entry.file} > ${fullName}`);
      else excused.push(`${entry.file} > ${fullName} (only Wine: ${reasons[entry.why]})`);
      return false;
    });
    const stillFails = assertionResults.some(({ status }) => status === 'failed');
    // A file that failed by these tests alone has not failed.
    const onlyThese = file.status === 'failed' && assertionResults.length < file.assertionResults.length && !stillFails;
    return { ...file, assertionResults, status: onlyThese ? 'passed' : file.status };
  });
  if (isAll) for (const entry of list) if (!seen.has(entry)) mended.push(`${entry.file} > ${entry.test} (did not run)`);
  return { judged: { ...report, testResults }, excused, mended };
}
