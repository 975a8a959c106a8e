// `npm test [-- <Vitest filters>]`: types, lint, regular expressions, dock build, unit tests, whole-system tests, timed tests, and with
// STREAMAI_WINDOWS=1 on Windows' own Node under Wine; runs every stage even after a failure. `npm test -- --repeat N [<Vitest filters>]`: the unit tests alone, N times while every core is busy.
// The last line reads `N passed, N failed, N skipped`.
import path from 'node:path';
import { checkExpressions } from './check/regular-expressions.ts';
import { parseArguments, type TestArguments, UsageError } from './test/arguments.ts';
import { startBurners } from './test/burners.ts';
import {
  type Counts,
  countExitCode,
  countVitest,
  skippedNames,
  sum,
  summaryLine,
  type VitestReport,
} from './test/counts.ts';
import { hostileLines } from './test/hostile.ts';
import { repeat } from './test/repeat.ts';
import { checkLint, checkTypes, root, runNode } from './test/tools.ts';
import { runVitest } from './test/vitest.ts';
import { windowsStage } from './test/windows.ts';

const missing: Counts = { passed: 0, failed: 1, skipped: 0 };
const ranNothing = ({ passed, failed }: Counts): boolean => passed + failed === 0;
/** The unit tests have not all passed under Wine yet (CONTRIBUTING.md), so that stage is asked for. */
const withWindows = process.env.STREAMAI_WINDOWS === '1';
const noTest = (filters: readonly string[]): string =>
  filters.length > 0 ? `No test matches ${filters.join(' ')}.` : 'No test was found.';

async function everything(filters: readonly string[]): Promise<Counts> {
  const skipped: string[] = [];
  const reports: (VitestReport | undefined)[] = [];
  const vitest = (project: string) => async (): Promise<Counts> => {
    const { exitCode, report } = await runVitest(project, filters);
    skipped.push(...skippedNames(report));
    reports.push(report);
    return countVitest(report, exitCode);
  };
  const windows = async (): Promise<Counts> => {
    const stage = await windowsStage(filters, process.env.CI === 'true');
    skipped.push(...stage.skipped);
    return stage.counts;
  };
  const once = (stage: () => Promise<number>) => async (): Promise<Counts> => countExitCode(await stage());
  const stages: [name: string, run: () => Promise<Counts>][] = [
    ['types', once(checkTypes)],
    ['lint', once(checkLint)],
    ['regular expressions', once(() => checkExpressions(root))],
    ['dock build', once(() => runNode(path.join(root, 'scripts/build.ts')))],
    ['unit tests', vitest('unit')],
    ['whole-system tests', vitest('e2e')],
    ['timed tests', vitest('alone')],
    ...(withWindows ? [['Windows (Wine)', windows] satisfies [string, () => Promise<Counts>]] : []),
  ];
  if (!withWindows) console.log('Not on Windows’ own Node under Wine: that takes STREAMAI_WINDOWS=1.');

  const results: Counts[] = [];
  const summary: string[] = [];
  for (const [name, run] of stages) {
    console.log(`\n── ${name} ──`);
    const startedAt = performance.now();
    const counts = await run();
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const line = `${name}: ${summaryLine(counts)} (${seconds} s)`;
    results.push(counts);
    summary.push(line);
    console.log(line);
  }
  if (ranNothing(sum(results.slice(4)))) {
    summary.push(noTest(filters));
    results.push(missing);
  }
  console.log(`\n── summary ──\n${[...summary, ...hostileLines(reports)].join('\n')}`);
  if (skipped.length > 0) console.log(`\nSkipped:\n${skipped.map((name) => `  ${name}`).join('\n')}`);
  return sum(results);
}

/** On a busy machine a test is only late, not wrong: four times the usual limit. What it waits for has bounds of its own. */
const patience = '--testTimeout=60000';

async function underLoad(rounds: number, filters: readonly string[]): Promise<Counts> {
  const burners = await startBurners();
  try {
    const run = () => runVitest('unit', [patience, ...filters], 'kept');
    const counts = await repeat({ rounds, run, say: console.log, root });
    if (!ranNothing(counts)) return counts;
    console.log(noTest(filters));
    return missing;
  } finally {
    await burners.stop();
  }
}

async function main({ repeat: rounds, vitest }: TestArguments): Promise<void> {
  const total = rounds === null ? await everything(vitest) : await underLoad(rounds, vitest);
  console.log(`\n${summaryLine(total)}`);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

try {
  await main(parseArguments(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
