/** What happens to one recording and its upload, decided by a number. */
import type { S3Verb } from '../../rig/gate.ts';
import type { Misbehaviour } from '../../rig/simulated-obs.ts';
import { type JournalStep, journalSteps } from '../agent-fault-fixture.ts';
import { Random } from './random.ts';

/** What is done to the file by somebody else than OBS. Places: below 1 a share of its length, from 1 on bytes. */
export type Edit =
  | { readonly do: 'rewrite'; readonly from: number; readonly bytes: number }
  | { readonly do: 'truncate'; readonly to: number }
  | { readonly do: 'append'; readonly bytes: number };

/** One thing that happens. Times are real ms. */
export type Deed =
  | Edit
  | { readonly do: 'pause' | 'stall' | 'cut the line' | 'refuse' | 'swallow' | 'pause the upload'; readonly ms: number }
  | { readonly do: 'split' | 'stop' | 'fill the disk' | 'drop OBS’s connections' | 'reset the line' | 'discard' }
  | { readonly do: 'kill OBS'; readonly ms: number; readonly muxerToo: boolean }
  | { readonly do: 'kill the agent'; readonly ms: number }
  | { readonly do: 'follow nothing' | 'record again'; readonly ms: number }
  | { readonly do: 'cancel the upload' }
  | {
      readonly do: 'kill the agent at';
      readonly step: JournalStep;
      readonly when: 'before' | 'after';
      readonly nth: number;
      /** Until it is started again. */
      readonly ms: number;
    }
  | { readonly do: 'slow the line'; readonly ms: number; readonly kbps: number }
  | { readonly do: 'answer 503' | 'answer 500' | 'lose answers'; readonly verb: S3Verb | null; readonly calls: number }
  | { readonly do: 'forget multiparts' }
  /** Another file takes its place under its name. `alike`: of the same size. */
  | { readonly do: 'replace'; readonly alike: boolean }
  | { readonly do: 'delete' }
  /** Its bytes stay as they are, its time does not. */
  | { readonly do: 'touch' }
  /** `back`: moved back after so many ms; null: never. */
  | { readonly do: 'move'; readonly back: number | null }
  /** The folder that OBS records into. */
  | { readonly do: 'take the drive away'; readonly ms: number }
  /** The agent's time of day. `back`: set right after so many ms; null: when all is over. */
  | { readonly do: 'set the clock'; readonly hours: number; readonly back: number | null }
  /** A front before the store closes connections that nothing is on its way over, and does not tell. */
  | { readonly do: 'forget idle connections' }
  | { readonly do: 'reset every second call'; readonly calls: number }
  | { readonly do: 'interim answers'; readonly ms: number }
  /** `done`: it has heard the call, and what it says is lost. */
  | { readonly do: 'answer Complete with nothing'; readonly done: boolean; readonly calls: number };

export type Ending = 'stop' | 'kill OBS' | 'fill the disk';

export interface Step {
  /** Real ms since the recording began. */
  readonly at: number;
  readonly deed: Deed;
}

export interface Plan {
  readonly seed: number;
  readonly obs: '32.2' | '29.0';
  readonly format: string;
  readonly kbps: number;
  readonly recordEvents: Misbehaviour['recordEvents'];
  /** OBS's ms. */
  readonly finaliseDelayMs: number;
  /** By time; one of them ends the recording. */
  readonly steps: readonly Step[];
}

/** Times that OBS's clock goes faster than ours. */
export const timesFaster = 10;

const verbs: readonly [S3Verb | null, ...(S3Verb | null)[]] = [
  null,
  'create',
  'part',
  'complete',
  'head',
  'list-parts',
];

export function planOf(seed: number): Plan {
  const random = new Random(seed);
  const obs = random.chance(0.25) ? '29.0' : '32.2';
  const format =
    obs === '29.0'
      ? random.pick(['mkv', 'mp4', 'fragmented_mp4'])
      : random.pick(['hybrid_mp4', 'mkv', 'hybrid_mov', 'fragmented_mp4', 'mp4']);
  const kbps = Math.round(40 * 16 ** random.next());
  const ends = random.int(150, random.chance(0.3) ? 2000 : 900);
  const steps: Step[] = [{ at: ends, deed: endingOf(random) }];
  const during = (): number => random.int(0, ends);
  const after = (): number => ends + random.int(0, random.chance(0.5) ? 60 : 500);
  const anytime = (): number => (random.chance(0.6) ? during() : after());

  if (random.chance(0.2)) steps.push({ at: during(), deed: { do: 'pause', ms: random.int(20, 300) } });
  if (random.chance(0.3)) steps.push({ at: during(), deed: { do: 'stall', ms: random.int(50, 600) } });
  for (let splits = random.chance(0.2) ? random.int(1, 3) : 0; splits > 0; splits -= 1) {
    steps.push({ at: during(), deed: { do: 'split' } });
  }
  for (let edits = random.chance(0.3) ? random.int(1, 2) : 0; edits > 0; edits -= 1) {
    steps.push({ at: anytime(), deed: editOf(random) });
  }
  for (let faults = random.int(0, 3); faults > 0; faults -= 1) {
    steps.push({ at: anytime(), deed: faultOf(random) });
  }
  if (random.chance(0.12)) {
    const back = random.chance(0.5) ? random.int(50, 600) : null;
    const deed = random.pick<Deed>([{ do: 'move', back }, { do: 'delete' }, { do: 'replace', alike: false }]);
    steps.push({ at: after(), deed });
  }
  if (random.chance(0.07)) steps.push({ at: anytime(), deed: { do: 'discard' } });
  if (random.chance(0.15)) steps.push({ at: after(), deed: { do: 'record again', ms: random.int(100, 600) } });
  const recordEvents = random.chance(0.8)
    ? 'in-order'
    : random.pick<Plan['recordEvents']>(['duplicated', 'out-of-order']);
  const late = random.chance(0.3) && !steps.some(spoilsHead) ? random.int(100, 5000) : 0;

  // Drawn last: what a seed's plan was before these were known is still in it.
  for (let more = random.int(0, 2); more > 0; more -= 1) {
    const deed = furtherOf(random);
    // OBS cannot begin a file on a drive that is away.
    const isAway = deed.do === 'take the drive away' && steps.some((step) => step.deed.do === 'split');
    steps.push({ at: isAway ? after() : anytime(), deed });
  }
  return {
    ...{ seed, obs, format, kbps, recordEvents },
    // A file whose head is gone cannot say that OBS has not closed it yet.
    finaliseDelayMs: steps.some(spoilsHead) ? 0 : late,
    steps: steps.sort((a, b) => a.at - b.at),
  };
}

const spoilsHead = ({ deed }: Step): boolean => deed.do === 'truncate' || (deed.do === 'rewrite' && deed.from === 0);

function endingOf(random: Random): Deed {
  if (random.chance(0.87)) return { do: 'stop' };
  if (random.chance(0.3)) return { do: 'fill the disk' };
  return { do: 'kill OBS', ms: random.int(0, 400), muxerToo: random.chance(0.5) };
}

function editOf(random: Random): Edit {
  const kind = random.int(0, 3);
  if (kind === 0) return { do: 'rewrite', from: 0, bytes: random.int(1, 700) };
  if (kind === 1) return { do: 'rewrite', from: random.next(), bytes: random.int(1, 20_000) };
  if (kind === 2) return { do: 'truncate', to: random.chance(0.1) ? 0 : random.next() };
  return { do: 'append', bytes: random.int(1, 30_000) };
}

function faultOf(random: Random): Deed {
  const kind = random.int(0, 21);
  if (kind < 3) return { do: 'kill the agent', ms: random.chance(0.6) ? 0 : random.int(0, 800) };
  if (kind < 6) {
    const when = random.pick<'before' | 'after'>(['before', 'after']);
    return {
      do: 'kill the agent at',
      step: random.pick(journalSteps),
      when,
      nth: random.int(1, 4),
      ms: random.chance(0.7) ? 0 : random.int(0, 800),
    };
  }
  if (kind === 6) return { do: 'cut the line', ms: random.int(30, 600) };
  if (kind === 7 || kind === 8) return { do: 'reset the line' };
  if (kind === 9) return { do: 'refuse', ms: random.int(30, 600) };
  if (kind === 10) return { do: 'slow the line', ms: random.int(100, 1000), kbps: random.int(100, 3000) };
  if (kind === 11) return { do: 'swallow', ms: random.int(10, 150) };
  if (kind < 14) return { do: 'lose answers', verb: random.pick(verbs), calls: random.int(1, 4) };
  if (kind < 16)
    return { do: random.pick(['answer 503', 'answer 500']), verb: random.pick(verbs), calls: random.int(1, 6) };
  if (kind === 16) return { do: 'forget multiparts' };
  if (kind === 17) return { do: 'pause the upload', ms: random.int(20, 400) };
  if (kind === 18) return { do: 'cancel the upload' };
  if (kind === 19) return { do: 'follow nothing', ms: random.int(50, 500) };
  return { do: 'drop OBS’s connections' };
}

/** What happens to clocks, files and drives, and what fronts do that stand before a store. */
function furtherOf(random: Random): Deed {
  const kind = random.int(0, 8);
  if (kind === 0) {
    const hours = (random.chance(0.5) ? 1 : -1) * (1 + random.next() * 11);
    return { do: 'set the clock', hours, back: random.chance(0.5) ? null : random.int(50, 500) };
  }
  if (kind === 1) return { do: 'touch' };
  if (kind === 2) return { do: 'replace', alike: random.chance(0.7) };
  // All of it, in place.
  if (kind === 3) return { do: 'rewrite', from: 0, bytes: Number.MAX_SAFE_INTEGER };
  if (kind === 4) return { do: 'take the drive away', ms: random.int(50, random.chance(0.2) ? 1200 : 500) };
  if (kind === 5) return { do: 'forget idle connections' };
  if (kind === 6) return { do: 'reset every second call', calls: random.int(4, 24) };
  if (kind === 7) return { do: 'interim answers', ms: random.int(100, 600) };
  return { do: 'answer Complete with nothing', done: random.chance(0.6), calls: random.int(1, 3) };
}

/** The plan in words, for whoever looks for what went wrong. */
export function describePlan({ seed, obs, format, kbps, recordEvents, finaliseDelayMs, steps }: Plan): string {
  const late = finaliseDelayMs > 0 ? `, finalised ${finaliseDelayMs / timesFaster} ms late` : '';
  const events = recordEvents === 'in-order' ? '' : `, events ${recordEvents}`;
  const lines = steps.map(({ at, deed: { do: what, ...how } }) => {
    const details = Object.entries(how).map(([name, value]) => `${name} ${round(value)}`);
    return `  ${String(at).padStart(5)} ms  ${[what, details.join(', ')].join(' ').trim()}`;
  });
  return [`seed ${seed}: OBS ${obs}, ${format} at ${kbps * timesFaster} kbit/s${late}${events}`, ...lines].join('\n');
}

const round = (value: unknown): string =>
  typeof value === 'number' ? String(Math.round(value * 1000) / 1000) : `${value}`;
