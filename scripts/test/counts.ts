import path from 'node:path';

/** Numbers of tests by how they ended. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** The part of Vitest's JSON report (`--reporter=json`) that is counted. */
export interface VitestReport {
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: {
      fullName: string;
      status: string;
      failureMessages?: string[] | null;
      /** What a test wrote into its `task.meta`. */
      meta?: { attacker?: string; inputs?: number; figure?: string };
    }[];
  }[];
}

const none: Counts = { passed: 0, failed: 0, skipped: 0 };

export function sum(counts: readonly Counts[]): Counts {
  return counts.reduce(
    (all, one) => ({
      passed: all.passed + one.passed,
      failed: all.failed + one.failed,
      skipped: all.skipped + one.skipped,
    }),
    none,
  );
}

/** A stage that is one test: types, lint, build. */
export function countExitCode(exitCode: number): Counts {
  return exitCode === 0 ? { ...none, passed: 1 } : { ...none, failed: 1 };
}

/**
 * Counts one Vitest run. Every way to fail leaves at least one failure behind:
 * - no report: Vitest crashed;
 * - a file that failed outside its tests (import error, hook, crashed worker);
 * - a non-zero exit code although every test passed (unhandled errors, which the report leaves out).
 */
export function countVitest(report: VitestReport | undefined, exitCode: number): Counts {
  if (report === undefined) return { ...none, failed: 1 };
  const counts = sum(report.testResults.map(countFile));
  return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

function countFile(file: VitestReport['testResults'][number]): Counts {
  const having = (...states: string[]): number =>
    file.assertionResults.filter(({ status }) => states.includes(status)).length;
  const passed = having('passed');
  const skipped = having('skipped', 'todo');
  // What is still pending at the end never ran: its worker died.
  const failed = file.assertionResults.length - passed - skipped;
  return { passed, skipped, failed: failed === 0 && file.status === 'failed' ? 1 : failed };
}

/** The names of the tests that did not run because they were skipped, for saying so aloud. */
export function skippedNames(report: VitestReport | undefined): string[] {
  return (report?.testResults ?? []).flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'skipped' || status === 'todo').map(({ fullName }) => fullName),
  );
}

export interface Failure {
  /** File and test, or the file alone where it failed outside of its tests. */
  readonly name: string;
  /** Vitest's message and stack; empty where it has none. */
  readonly message: string;
}

/**
 * What failed, as `countVitest` counts it, but for what only the exit code tells.
 * @param root the folder that the names of files are told from
 */
export function failuresOf(report: VitestReport | undefined, root: string): Failure[] {
  return (report?.testResults ?? []).flatMap((file) => {
    const name = path.relative(root, file.name).replaceAll(path.sep, '/');
    const failed = file.assertionResults.filter(({ status }) => !['passed', 'skipped', 'todo'].includes(status));
    if (failed.length === 0 && file.status === 'failed') return [{ name, message: file.message }];
    return failed.map(({ fullName, failureMessages }) => ({
      name: `${name} > ${fullName}`,
      message: failureMessages?.join('\n') ?? '',
    }));
  });
}

/** The last line of `npm test`; other programs read it. */
export function summaryLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
