import type { VitestReport } from './counts.ts';

type Test = VitestReport['testResults'][number]['assertionResults'][number];

/**
 * What the tables of hostile inputs came to (scripts/e2e/hostile), as lines for the end of `npm test`: how many inputs were tried and
 * let in, in all and by attacker, then the figures that tests gave. Empty where no such test ran.
 */
export function hostileLines(reports: readonly (VitestReport | undefined)[]): string[] {
  const tests = reports.flatMap((report) => report?.testResults.flatMap((file) => file.assertionResults) ?? []);
  const figures = tests.flatMap(({ meta }) => meta?.figure ?? []);
  const inputs = tests.filter(({ meta, status }) => meta?.attacker !== undefined && status !== 'skipped');
  if (inputs.length === 0) return figures;
  // What failed, or never came to its end, was not held.
  const letIn = inputs.filter(({ status }) => status !== 'passed').length;
  const attackers = [...Map.groupBy(inputs, ({ meta }) => meta?.attacker)].map(([who, own]) => `${who} ${count(own)}`);
  return [`hostile inputs: ${count(inputs)} tried, ${letIn} let in (${attackers.join(', ')})`, ...figures];
}

const count = (tests: readonly Test[]): number => tests.reduce((sum, { meta }) => sum + (meta?.inputs ?? 1), 0);
