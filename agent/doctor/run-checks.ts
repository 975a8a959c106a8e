/** Runs the checks side by side: each has an end, and none that fails keeps another one from being told. */
import { type DoctorCheck, type DoctorCheckCode, type DoctorReport, doctorChecks } from '../../shared/doctor.ts';
import { type Language, StreamAIError, translateError } from '../../shared/errors.ts';
import { allChecks } from './all-checks.ts';
import { codeOf, type Finding, fault, faultOf, type Look } from './check.ts';
import { type DoctorWorld, Facts } from './facts.ts';
import { probeObs } from './probe-obs.ts';
import { doctorWords } from './words.ts';

/** How long one check may take (ms): more than a drive or a server needs that is only slow. */
const checkMs = 12_000;

const codes = Object.keys(doctorChecks) as DoctorCheckCode[];

export interface DoctorOptions {
  /** Left out: the usual time. */
  readonly checkMs?: number;
  /** Left out: all of them. */
  readonly only?: readonly DoctorCheckCode[];
  /** Left out: the usual checks. */
  readonly checks?: Readonly<Record<DoctorCheckCode, Look>>;
}

/** Looks at everything. Never throws. */
export async function examine(
  world: DoctorWorld,
  { checkMs: ms = checkMs, checks = allChecks, only = codes }: DoctorOptions = {},
): Promise<DoctorReport> {
  const facts = new Facts(world, probeObs);
  const found = await Promise.all(only.map(async (code) => toldOf(code, await lookOnce(checks[code], facts, ms))));
  return reportOf(world.program.version, inLanguage(found, world.language));
}

/** With its counts. */
export function reportOf(version: string, checks: DoctorCheck[]): DoctorReport {
  const counts = { good: 0, warning: 0, fault: 0, skipped: 0 };
  for (const { state } of checks) counts[state] += 1;
  return { version, checks, counts };
}

/** Titles and texts in this language. */
export function inLanguage(checks: readonly DoctorCheck[], language: Language): DoctorCheck[] {
  const titles: Readonly<Record<string, string>> = doctorWords[language].titles;
  return checks.map((check) => ({
    ...check,
    title: titles[check.code] ?? check.title,
    notices: check.notices.map((info) => translateError(info, language)),
  }));
}

async function lookOnce(look: Look, facts: Facts, ms: number): Promise<readonly Finding[] | null> {
  const late = Promise.withResolvers<readonly Finding[]>();
  const timer = setTimeout(() => late.resolve([fault('doctor_no_answer', { seconds: ms / 1000 })]), ms);
  try {
    return await Promise.race([look(facts), late.promise]);
  } catch (error) {
    if (error instanceof StreamAIError) return [faultOf(error)];
    const reason = codeOf(error) || (error instanceof Error ? error.name : 'unknown');
    return [fault('doctor_check_failed', { reason })];
  } finally {
    clearTimeout(timer);
  }
}

function toldOf(code: DoctorCheckCode, findings: readonly Finding[] | null): DoctorCheck {
  const sorted = (findings ?? []).toSorted((a, b) => Number(a.state === 'warning') - Number(b.state === 'warning'));
  return {
    code,
    group: doctorChecks[code],
    title: code,
    state: findings === null ? 'skipped' : (sorted[0]?.state ?? 'good'),
    notices: sorted.map(({ info }) => info),
    mend: sorted.find(({ mend }) => mend !== undefined)?.mend ?? null,
  };
}
