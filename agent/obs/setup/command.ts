/**
 * What the command `setup` does: in the terminal, with the agent running or not, for an installer too. It waits for OBS to be closed,
 * and says so.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type ErrorInfo, type Language, StreamAIError, translateError } from '../../../shared/errors.ts';
import type { SetupAction } from '../../../shared/setup.ts';
import type { FoundObs } from './installations.ts';
import { type LookOptions, lookAt } from './look.ts';
import { setupWords } from './words.ts';

export interface SetupCommandOptions {
  readonly undo?: boolean;
  /** Says what would be done, and changes nothing. */
  readonly dryRun?: boolean;
  /** How long it waits for OBS to be closed, ms; left out: until `signal`. 0: not at all. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

export interface SetupCommandWorld extends LookOptions {
  readonly find: () => Promise<readonly FoundObs[]>;
  readonly language: Language;
  /** One line for the person. */
  readonly say: (line: string) => void;
  /** How often is looked whether OBS has been closed, ms. */
  readonly everyMs?: number;
}

/** What came of one OBS, for `--json`. */
export interface SetupOutcome {
  readonly folder: string;
  readonly version: string | null;
  readonly changes: readonly ErrorInfo[];
  readonly notes: readonly ErrorInfo[];
  readonly problem: ErrorInfo | null;
}

/** @returns one for each OBS; it was in vain where one of them has a problem @throws StreamAIError setup_obs_not_found */
export async function setupCommand(options: SetupCommandOptions, world: SetupCommandWorld): Promise<SetupOutcome[]> {
  const found = await world.find();
  if (found.length === 0) throw new StreamAIError('setup_obs_not_found');
  const outcomes: SetupOutcome[] = [];
  for (const obs of found) {
    const outcome = await setUpOne(obs, options, world);
    tell(outcome, options, world);
    outcomes.push(translated(outcome, world.language));
  }
  return outcomes;
}

async function setUpOne(
  obs: FoundObs,
  { undo = false, dryRun = false, ...waiting }: SetupCommandOptions,
  world: SetupCommandWorld,
): Promise<SetupOutcome> {
  const action = undo ? 'undo' : 'setup';
  const words = setupWords[world.language];
  const look = await lookAt(obs, world);
  const { folder, version, notes } = look;
  world.say(words.obs(words.kinds[obs.kind], version, folder));
  const wanted = undo ? look.undo : look.changes;
  const problem = undo ? null : look.problem;
  if (dryRun || problem !== null || wanted.length === 0) return { folder, version, notes, problem, changes: wanted };
  try {
    const changes = await whenClosed(obs, action, waiting, world);
    return { folder, version, notes, problem: null, changes };
  } catch (error) {
    if (!(error instanceof StreamAIError)) throw error;
    return { folder, version, notes, problem: error.info(), changes: [] };
  }
}

/** Tries again where OBS was started right before it was to be done. */
async function whenClosed(
  obs: FoundObs,
  action: SetupAction,
  { waitMs = Number.POSITIVE_INFINITY, signal }: Pick<SetupCommandOptions, 'waitMs' | 'signal'>,
  { setup, isRunning, say, language, everyMs = 1000 }: SetupCommandWorld,
): Promise<readonly ErrorInfo[]> {
  const deadline = performance.now() + waitMs;
  for (let isTold = false; ; isTold = true) {
    try {
      if (await isRunning(obs.root)) throw new StreamAIError('setup_obs_running', { folder: obs.root });
      return await (action === 'undo' ? setup.undo(obs) : setup.apply(obs));
    } catch (error) {
      const isRunningNow = error instanceof StreamAIError && error.code === 'setup_obs_running';
      if (!isRunningNow || performance.now() >= deadline || signal?.aborted) throw error;
      if (!isTold) say(`  ${setupWords[language].waiting}`);
      await delay(everyMs, undefined, signal ? { signal } : {}).catch(() => {});
    }
  }
}

function tell(
  { changes, notes, problem }: SetupOutcome,
  { undo = false, dryRun = false }: SetupCommandOptions,
  { language, say }: SetupCommandWorld,
): void {
  const words = setupWords[language];
  const sentence = (info: ErrorInfo): string => {
    const { message, fix } = translateError(info, language);
    return fix === undefined ? message : `${message} ${fix}`;
  };
  if (problem !== null) say(`  ✗ ${sentence(problem)}`);
  else if (changes.length === 0) say(`  ✓ ${undo ? words.nothingToUndo : words.complete}`);
  else if (dryRun) say(`  ${words.would}`);
  for (const change of changes) say(`  ${dryRun ? '·' : '✓'} ${sentence(change)}`);
  for (const note of undo ? [] : notes) say(`  ! ${sentence(note)}`);
}

function translated({ changes, notes, problem, ...rest }: SetupOutcome, language: Language): SetupOutcome {
  const all = (infos: readonly ErrorInfo[]): ErrorInfo[] => infos.map((info) => translateError(info, language));
  return { ...rest, changes: all(changes), notes: all(notes), problem: problem && translateError(problem, language) };
}

/** Of an outcome that failed: nothing of that OBS was changed. */
export const isFailed = ({ problem }: SetupOutcome): boolean => problem !== null;
