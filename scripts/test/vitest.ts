import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { VitestReport } from './counts.ts';
import { runNode, tools } from './tools.ts';

/**
 * Runs one project of vitest.config.ts with its output shown as it comes.
 * @param args filters and options as Vitest's command line takes them
 * @returns the exit code, and the report unless Vitest crashed
 */
export async function runVitest(
  project: string,
  args: readonly string[],
): Promise<{ exitCode: number; report: VitestReport | undefined }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-test-'));
  try {
    const file = path.join(folder, 'report.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    // A filter may leave one of the projects without a file; that nothing at all ran is judged over all of them.
    const exitCode = await runNode(tools.vitest, [
      'run',
      `--project=${project}`,
      '--passWithNoTests',
      ...reporters,
      ...args,
    ]);
    return { exitCode, report: await readReport(file) };
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
