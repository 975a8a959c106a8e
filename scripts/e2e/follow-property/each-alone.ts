/** Faults that must cost nothing, or next to nothing, each alone: where chance mixes them, one hides what another should have shown. */
import type { Deed, Plan, Step } from './plan.ts';

interface Alone {
  readonly what: string;
  readonly steps: readonly Step[];
  /** As `Outcome.ends`. Default: completed. */
  readonly ends?: readonly string[];
  /** Whether parts may be sent again: an answer can be lost. */
  readonly mayRepeat?: boolean;
}

/** When OBS is told to stop, real ms since it began. */
const stop = 800;
const at = (ms: number, deed: Deed): Step => ({ at: ms, deed });
/** What happens meanwhile does so in mid-upload; too short for anybody to give up. */
const lineIsCut = at(stop - 100, { do: 'cut the line', ms: 500 });
const inMidUpload = stop + 150;

const faults: readonly Alone[] = [
  {
    what: 'the clock is set forward while OBS records',
    steps: [at(300, { do: 'set the clock', hours: 3, back: null })],
    mayRepeat: true,
  },
  {
    what: 'the clock is set back while OBS records, and right again in mid-upload',
    steps: [at(300, { do: 'set the clock', hours: -5, back: 700 }), lineIsCut],
    mayRepeat: true,
  },
  {
    what: 'the clock is set back in mid-upload, while the store is busy',
    steps: [
      at(stop - 20, { do: 'answer 503', verb: 'part', calls: 12 }),
      at(stop + 100, { do: 'set the clock', hours: -9, back: null }),
    ],
    mayRepeat: true,
  },
  { what: 'the file is touched while OBS records', steps: [at(400, { do: 'touch' })] },
  { what: 'the file is touched in mid-upload', steps: [lineIsCut, at(inMidUpload, { do: 'touch' })] },
  {
    what: 'another file takes its place in mid-upload',
    steps: [at(stop - 100, { do: 'refuse', ms: 2500 }), at(stop + 1500, { do: 'replace', alike: true })],
    mayRepeat: true,
    ends: ['file_changed', 'cancelled'],
  },
  {
    what: 'the drive is away when OBS stops',
    steps: [at(stop - 200, { do: 'take the drive away', ms: 1500 })],
  },
  {
    what: 'the drive is away in mid-upload',
    steps: [lineIsCut, at(inMidUpload, { do: 'take the drive away', ms: 1500 })],
  },
  {
    what: 'idle connections are dead',
    steps: [300, 500, 700, stop + 20].map((ms) => at(ms, { do: 'forget idle connections' })),
  },
  {
    what: 'every second call is reset',
    steps: [at(100, { do: 'reset every second call', calls: 40 })],
  },
  {
    what: 'interim answers before every answer',
    steps: [at(0, { do: 'interim answers', ms: 3000 })],
  },
  {
    what: 'Complete is heard, and answered with nothing',
    steps: [at(0, { do: 'answer Complete with nothing', done: true, calls: 2 })],
  },
  {
    what: 'Complete is not heard, and answered with nothing',
    steps: [at(0, { do: 'answer Complete with nothing', done: false, calls: 2 })],
  },
];

interface Expected {
  readonly what: string;
  readonly ends: readonly string[];
  readonly wrong: readonly string[];
  readonly again?: number;
}

export const eachAlone: readonly { readonly plan: Plan; readonly expected: Expected }[] = faults.map(
  ({ what, steps, ends = ['completed'], mayRepeat = false }, index) => ({
    plan: {
      seed: index + 1,
      obs: '32.2',
      format: 'hybrid_mp4',
      kbps: 300,
      recordEvents: 'in-order',
      finaliseDelayMs: 0,
      steps: [...steps, at(stop, { do: 'stop' })].sort((a, b) => a.at - b.at),
    },
    expected: { what, ends, wrong: [], ...(mayRepeat ? {} : { again: 0 }) },
  }),
);
