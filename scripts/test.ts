// `npm test [-- <Vitest filters>]`: types, lint, dock build, unit tests, whole-system tests, timed tests.
// Runs every stage even after a failure; the last line reads `N passed, N failed, N skipped`.
import path from 'node:path';
import { type Counts, countExitCode, countVitest, skippedNames, sum, summaryLine } from './test/counts.ts';
import { checkLint, checkTypes, root, runNode } from './test/tools.ts';
import { runVitest } from './test/vitest.ts';

const args = process.argv.slice(2);
const skipped: string[] = [];

async function vitest(project: string): Promise<Counts> {
  const { exitCode, report } = await runVitest(project, args);
  skipped.push(...skippedNames(report));
  return countVitest(report, exitCode);
}

const once = (stage: () => Promise<number>) => async (): Promise<Counts> => countExitCode(await stage());

const stages: [name: string, run: () => Promise<Counts>][] = [
  ['types', once(checkTypes)],
  ['lint', once(checkLint)],
  ['dock build', once(() => runNode(path.join(root, 'scripts/build.ts')))],
  ['unit tests', () => vitest('unit')],
  ['whole-system tests', () => vitest('e2e')],
  ['timed tests', () => vitest('alone')],
];

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

const tests = sum(results.slice(-3));
if (tests.passed + tests.failed === 0) {
  summary.push(args.length > 0 ? `No test matches ${args.join(' ')}.` : 'No test was found.');
  results.push({ passed: 0, failed: 1, skipped: 0 });
}

const total = sum(results);
console.log(`\n── summary ──\n${summary.join('\n')}`);
if (skipped.length > 0) console.log(`\nSkipped:\n${skipped.map((name) => `  ${name}`).join('\n')}`);
console.log(`\n${summaryLine(total)}`);
process.exitCode = total.failed === 0 ? 0 : 1;
