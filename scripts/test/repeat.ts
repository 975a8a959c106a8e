/** The same tests again and again on a machine that is busy: what fails once in twenty times is found here, and not by somebody else. */
import { type Counts, countVitest, type Failure, failuresOf, sum, summaryLine } from './counts.ts';
import type { VitestRun } from './vitest.ts';

/** Of what Vitest wrote where its report does not tell what failed: the end, in characters. */
const tailLength = 4000;

export interface Repeat {
  readonly rounds: number;
  /** One round. */
  run(): Promise<VitestRun>;
  /** Takes one or more lines for the user. */
  say(text: string): void;
  /** The folder that the names of files are told from. */
  readonly root: string;
}

/** Runs every round, also after one that failed; says how each went, and in the end which test failed in which. */
export async function repeat({ rounds, run, say, root }: Repeat): Promise<Counts> {
  const all: Counts[] = [];
  const failedIn = new Map<string, number[]>();
  for (let round = 1; round <= rounds; round++) {
    const startedAt = performance.now();
    const { exitCode, report, output } = await run();
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const counts = countVitest(report, exitCode);
    all.push(counts);
    say(`round ${round} of ${rounds}: ${summaryLine(counts)} (${seconds} s)`);
    if (counts.failed === 0) continue;
    const failures = failuresOf(report, root);
    const told = failures.length > 0 ? failures : [{ name: 'Vitest itself', message: output.slice(-tailLength) }];
    for (const failure of told) {
      say(describe(failure));
      failedIn.set(failure.name, [...(failedIn.get(failure.name) ?? []), round]);
    }
  }
  for (const [name, which] of failedIn) {
    say(`failed in ${which.length} of ${rounds} rounds (${which.join(', ')}): ${name}`);
  }
  return sum(all);
}

function describe({ name, message }: Failure): string {
  const lines = message.trimEnd().split('\n');
  return [`  failed: ${name}`, ...lines.filter((line) => line !== '').map((line) => `    ${line}`)].join('\n');
}
