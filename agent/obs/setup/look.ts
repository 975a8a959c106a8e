/** One OBS as people see it: what is missing, what an undo would do, what stands in the way. */
import { type ErrorInfo, StreamAIError } from '../../../shared/errors.ts';
import type { SetupObs } from '../../../shared/setup.ts';
import type { FoundObs } from './installations.ts';
import { setupId } from './record.ts';
import type { IsObsRunning } from './running.ts';
import type { ObsSetup } from './setup.ts';
import { versionText } from './version.ts';

export interface LookOptions {
  readonly setup: ObsSetup;
  readonly isRunning: IsObsRunning;
  /** Of this OBS, what a person should know. */
  readonly notes: (obs: FoundObs) => Promise<readonly ErrorInfo[]>;
}

/** Changes nothing. */
export async function lookAt(obs: FoundObs, { setup, isRunning, notes }: LookOptions): Promise<SetupObs> {
  const [running, planned, undo, known] = await Promise.all([
    isRunning(obs.root),
    orProblem(() => setup.plan(obs)),
    orProblem(() => setup.undoPlan(obs)),
    notes(obs),
  ]);
  const plan = 'problem' in planned ? null : planned.value;
  return {
    id: setupId(obs.root),
    kind: obs.kind,
    folder: obs.root,
    version: obs.version && versionText(obs.version),
    profile: obs.profile,
    running,
    complete: plan !== null && plan.changes.length === 0,
    changes: [...(plan?.changes ?? [])],
    undo: 'problem' in undo ? [] : [...undo.value],
    notes: [...(plan?.notes ?? []), ...known],
    problem: 'problem' in planned ? planned.problem : null,
    pending: null,
  };
}

async function orProblem<T>(look: () => Promise<T>): Promise<{ value: T } | { problem: ErrorInfo }> {
  try {
    return { value: await look() };
  } catch (error) {
    if (error instanceof StreamAIError) return { problem: error.info() };
    throw error;
  }
}
