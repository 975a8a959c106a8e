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
  birth: 'a file was made whenever it was last written',
  links: 'symbolic links are not made',
  renameOver: 'a file that somebody has open cannot be replaced by another one',
} as const;

const of = (file: string, why: OnlyWine['why'], tests: readonly string[]): OnlyWine[] =>
  tests.map((test) => ({ file, test, why }));

export const onlyWine: readonly OnlyWine[] = [
  ...of('agent/files/split-files.test.ts', 'birth', [
    'what OBS’s output named, one after the other, is the recording’s, in that order',
    'folders in the name: files lie in other folders than the first one',
    'a file that was begun while OBS wrote another one is in doubt, and those that follow are not',
    'what may have been begun by another run of OBS is in doubt',
    'another recording, with all that is younger, and what is known to be something else are left alone',
    'a clip that was saved just before a split, or just after the end, is none of its files, and hides none',
    'two files that could both follow are in doubt',
    'what is longer than OBS has counted beside the known files is another output’s; as long as it is not known, it is in doubt',
    'what follows is taken as far as OBS has counted',
    'where a container does not say how long it plays, how fast it grew does',
  ]),
  ...of('agent/sessions/record-control.test.ts', 'birth', [
    'a stop answers with every file, also those that must be looked for first',
  ]),
  ...of('agent/sessions/session-tracker.test.ts', 'birth', [
    'a split that OBS 29 tells nobody: its files are found at the stop, none of another session',
    'a split that OBS 29 tells nobody, and the drive is away at the stop: its files are found once it is back',
    'a split that OBS 29 tells nobody, and the drive is away at the stop: its files are found once it is back, also by the agent’s next run',
  ]),
  ...of('agent/files/open-recording.test.ts', 'links', [
    'a plain file is opened, also in a folder that is a link to another disk',
  ]),
  ...of('agent/sessions/file-judge.test.ts', 'links', [
    'nothing speaks against one in a folder that is a link to another disk',
    'asked about is a film in a folder that a link in OBS’s folder leads to',
  ]),
  ...of('agent/files/open-recording.test.ts', 'renameOver', [
    'one that is read goes on to be that very file, whatever lies under its name by then',
  ]),
  ...of('agent/files/local-files.test.ts', 'renameOver', [
    'whenever another file takes its place while it is deleted, that one is there afterwards',
  ]),
  ...of('agent/uploads/destinations/processing/processing.test.ts', 'renameOver', [
    'the file that is replaced by rename while it is sent is file_changing',
  ]),
  ...of('agent/uploads/destinations/processing/processing.test.ts', 'reset', [
    'answers that are refusals a server that refuses at the headers, then resets is understood where the connection broke before',
    'closing a server connection after the answer does not undo it',
  ]),
  ...of('agent/http/server.test.ts', 'reset', [
    'connections without the token have the time for a request’s head that is said, and not 30 s more',
  ]),
];

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
