import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { VitestReport } from './counts.ts';
import { runNode, tools } from './tools.ts';

export interface VitestRun {
  readonly exitCode: number;
  /** undefined: Vitest crashed. */
  readonly report: VitestReport | undefined;
  /** What Vitest wrote, where it was kept. */
  readonly output: string;
}

/**
 * Runs one project of vitest.config.ts.
 * @param args filters and options as Vitest's command line takes them
 * @param output `shown` as it comes, or `kept` for whoever called
 */
export async function runVitest(
  project: string,
  args: readonly string[],
  output: 'shown' | 'kept' = 'shown',
): Promise<VitestRun> {
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-test-'));
  try {
    const report = path.join(folder, 'report.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    // A filter may leave one of the projects without a file; that nothing at all ran is judged over all of them.
    const options = ['run', `--project=${project}`, '--passWithNoTests', ...reporters, ...args];
    if (output === 'shown') {
      return { exitCode: await runNode(tools.vitest, options), report: await readReport(report), output: '' };
    }
    await using written = await open(path.join(folder, 'output'), 'w+');
    const exitCode = await runNode(tools.vitest, options, { stdio: ['ignore', written.fd, written.fd] });
    return { exitCode, report: await readReport(report), output: await readFile(path.join(folder, 'output'), 'utf8') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readReport(file: string): Promise<VitestReport | undefined> {
  try {
    // Vitest's own file of a moment ago, not foreign input.
    return JSON.parse(await readFile(file, 'utf8')) as VitestReport;
  } catch {
    return undefined;
  }
}
