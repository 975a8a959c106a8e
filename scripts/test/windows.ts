/** The stage of `npm test` that runs on Windows' own Node: the unit tests once more, and whole systems (scripts/e2e/windows). */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensurePeer, PeerMissing, peerDescriptions } from '../rig/peers.ts';
import { runWindowsNode, windowsPath } from '../rig/wine/windows.ts';
import { type Counts, countVitest, skippedNames, type VitestReport } from './counts.ts';
import { judgeOnlyWine, onlyWine } from './only-wine.ts';
import { root, runNode } from './tools.ts';

export interface WindowsStage {
  readonly counts: Counts;
  /** What did not run, and what only Wine breaks, by name. */
  readonly skipped: readonly string[];
}

/**
 * What people run on Windows. The dock runs in OBS's browser, and what checks, measures and tests this code only on developers' machines.
 */
const parts = [
  'agent/',
  'server/',
  'shared/',
  'scripts/launch/',
  'scripts/build/',
  'scripts/package/',
  'scripts/e2e/windows/',
];

/** Wine is an emulation on a machine that has other work as well: what waits for something has four times the usual limit. */
const patience = '--testTimeout=120000';
const longestMs = 1_500_000;

/**
 * Runs the tests of both projects that fit the filters.
 * @param isCi where Wine cannot be had that is a failure; elsewhere it is said
 */
export async function windowsStage(filters: readonly string[], isCi: boolean): Promise<WindowsStage> {
  const missing = await ensurePeer('wine').then(
    () => null,
    (error: unknown) => {
      if (error instanceof PeerMissing) return error;
      throw error;
    },
  );
  if (missing !== null) {
    console.warn(`${isCi ? 'FAILED' : 'SKIPPED'}: nothing ran on Windows' Node: ${missing.message}`);
    const name = `everything on Windows' Node (needs ${peerDescriptions.wine}: ${missing.message})`;
    return isCi
      ? { counts: { passed: 0, failed: 1, skipped: 0 }, skipped: [] }
      : { counts: { passed: 0, failed: 0, skipped: 1 }, skipped: [name] };
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-windows-'));
  try {
    const file = path.join(folder, 'report.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${windowsPath(file)}`];
    const projects = ['--project=unit', '--project=windows', '--passWithNoTests', patience];
    const args = ['run', ...projects, ...reporters, ...(filters.length > 0 ? filters : parts)];
    const isWanted = filters.length === 0 || filters.some((filter) => filter.includes('windows'));
    const setup = isWanted ? await builtSetup(folder) : null;
    if (isWanted && setup === null && isCi) return { counts: { passed: 0, failed: 1, skipped: 0 }, skipped: [] };
    const run = await runWindowsNode(root, path.join(root, 'node_modules/vitest/vitest.mjs'), args, {
      env: { STREAMAI_UNDER_WINE: '1', ...(setup && { STREAMAI_SETUP_EXE: setup }) },
      timeoutMs: longestMs,
    });
    console.log(run.output);
    const report = await readReport(file);
    return judge(report, run.exitCode ?? 1, filters.length === 0);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The installer, quickly packed; null: it could not be made, and why is said. @returns its path under Wine */
async function builtSetup(folder: string): Promise<string | null> {
  const args = ['win', '--arch', 'x64', '--quick', '--out', folder];
  const exitCode = await runNode(path.join(root, 'scripts/package.ts'), args);
  const name = (await readdir(folder)).find((each) => each.endsWith('-setup.exe'));
  return exitCode === 0 && name !== undefined ? windowsPath(path.join(folder, name)) : null;
}

function judge(report: VitestReport | undefined, exitCode: number, isAll: boolean): WindowsStage {
  if (report === undefined) return { counts: countVitest(undefined, exitCode), skipped: [] };
  const { judged, excused, mended } = judgeOnlyWine(report, onlyWine, isAll);
  for (const name of mended)
    console.error(`Passes under Wine by now, and is to be taken off scripts/test/only-wine.ts: ${name}`);
  // Vitest has one code for everything: where a test was excused, it says no more.
  const counts = countVitest(judged, excused.length > 0 ? 0 : exitCode);
  const skipped = [...skippedNames(judged).map((name) => `on Windows: ${name}`), ...excused];
  return {
    counts: { ...counts, failed: counts.failed + mended.length, skipped: counts.skipped + excused.length },
    skipped,
  };
}

async function readReport(file: string): Promise<VitestReport | undefined> {
  try {
    // Vitest's own file of a moment ago, not foreign input.
    return JSON.parse(await readFile(file, 'utf8')) as VitestReport;
  } catch {
    return undefined;
  }
}
