/** What a plan may cost: where all that happens can be borne, nothing arrives twice, and no attempt ends without a reason. */
import type { GateCall } from '../../rig/gate.ts';
import type { Deed, Plan } from './plan.ts';

/**
 * What happens before the store has taken anything of a part, or does not concern what it has. Not among them: what ends a call
 * whose part may be there (a cut line, a kill, a clock that jumps), and what changes the file's bytes.
 */
const bearable: ReadonlySet<Deed['do']> = new Set([
  ...(['stop', 'pause', 'stall', 'split', 'record again', 'touch', 'take the drive away'] as const),
  ...([
    'forget idle connections',
    'reset every second call',
    'interim answers',
    'answer Complete with nothing',
  ] as const),
]);

export interface Cost {
  /** Parts that may be sent again. */
  readonly again: number;
  /** Attempts that an upload may take; null: not counted. */
  readonly attempts: number | null;
}

/** @returns null: as much as it likes */
export function costOf({ steps, finaliseDelayMs }: Plan, calls: readonly GateCall[]): Cost | null {
  const deeds = steps.map(({ deed }) => deed);
  if (finaliseDelayMs > 0 || !deeds.every((deed) => bearable.has(deed.do))) return null;
  // While its drive is away a file is looked for again and again.
  if (deeds.some((deed) => deed.do === 'take the drive away')) return { again: 0, attempts: null };
  const resets = calls.filter(({ end }) => end === 'lost').length;
  const unheard = deeds.reduce(
    (sum, deed) => sum + (deed.do === 'answer Complete with nothing' && !deed.done ? deed.calls : 0),
    0,
  );
  const touches = deeds.filter((deed) => deed.do === 'touch').length;
  return { again: 0, attempts: 1 + resets + unheard + touches };
}
