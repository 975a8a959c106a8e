/** What the runs of stop-to-uploaded come to: a table, and how it stands against the goals. Pure. */
import type { Figure } from './figure.ts';
import { percentile } from './percentile.ts';
import type { Steps } from './recorded-run.ts';
import { costFigures, obsFigures, type Run } from './run-costs.ts';

const mega = 1e6;
/** What is allowed for everything but the link, and what may be left to send at the stop. */
const goalSeconds = 2;
const goalBytes = 10 * 1024 ** 2;
/** Of the longest recording, of the shortest one's. */
const goalRatio = 1.2;

/** @param all runs by the recording's length in seconds */
export function stopFigures(all: ReadonlyMap<number, readonly Run[]>, linkBitsPerSecond: number): Figure[] {
  const lengths = [...all.keys()].sort((a, b) => a - b);
  const runsOf = (length: number): readonly Run[] => all.get(length) ?? [];
  const every = lengths.flatMap(runsOf);
  const goal = goalSeconds + (goalBytes * 8) / linkBitsPerSecond;
  return [
    ...lengths.flatMap((length) => times(length, runsOf(length), goal)),
    ...ratios(lengths, runsOf),
    ...lengths.flatMap((length) => steps(length, runsOf(length), linkBitsPerSecond)),
    ...obsFigures(every),
    ...costFigures(lengths, runsOf),
  ];
}

const followedMs = ({ followed }: Run): number => followed.steps.announced;
const ways: readonly [id: string, label: string, ms: (run: Run) => number][] = [
  ['followed', 'while recording', followedMs],
  ['afterStop', 'after the stop', ({ afterStop }) => afterStop.steps.announced],
  ['rclone', 'after the stop, rclone 16 MiB × 4', ({ rcloneMs }) => rcloneMs],
];

function times(length: number, runs: readonly Run[], atMost: number): Figure[] {
  return ways.flatMap(([id, label, ms]) => {
    const seconds = runs.map((run) => ms(run) / 1000);
    return [50, 95].map(
      (part): Figure => ({
        id: `${id}${length}P${part}S`,
        label: `${length} s, ${label}: p${part}`,
        value: percentile(seconds, part / 100),
        unit: 's',
        ...(id === 'followed' && part === 95 && { atMost }),
      }),
    );
  });
}

function ratios(lengths: readonly number[], runsOf: (length: number) => readonly Run[]): Figure[] {
  const [shortest = 0] = lengths;
  const longest = lengths.at(-1) ?? 0;
  if (shortest === longest) return [];
  return ways.map(
    ([id, label, ms]): Figure => ({
      id: `${id}Ratio`,
      label: `${longest} s : ${shortest} s, ${label}`,
      value: p50(runsOf(longest).map(ms)) / p50(runsOf(shortest).map(ms)),
      unit: '×',
      ...(id === 'followed' && { atMost: goalRatio }),
    }),
  );
}

const stepLabels: Readonly<Record<keyof Steps, string>> = {
  closed: 'STOPPED → file closed',
  sent: '… → last part there',
  assembled: '… → all proven and assembled',
  verified: '… → looked at',
  announced: '… → announced',
};

/** Where the time goes: each step by itself. */
function steps(length: number, runs: readonly Run[], linkBitsPerSecond: number): Figure[] {
  const followed = runs.map((run) => run.followed);
  const names = Object.keys(stepLabels) as (keyof Steps)[];
  const beyondLink = followed.map((run) => run.steps.announced - (run.bytesAfterStop * 8000) / linkBitsPerSecond);
  const off = followed.map((run) => Math.abs(run.toldMs - run.steps.announced));
  const figure = (id: string, label: string, value: number, unit: string): Figure => ({
    id,
    label: `${length} s, ${label}`,
    value,
    unit,
  });
  return [
    ...names.map((name, index) => {
      const earlier = names[index - 1];
      const ms = followed.map((run) => run.steps[name] - (earlier === undefined ? 0 : run.steps[earlier]));
      return figure(`${name}${length}Ms`, `${stepLabels[name]}: p50`, p50(ms), 'ms');
    }),
    figure(`rest${length}MB`, 'sent after STOPPED: p50', p50(followed.map((run) => run.bytesAfterStop)) / mega, 'MB'),
    figure(`beyondLink${length}Ms`, 'beyond what the link needs for that: p50', p50(beyondLink), 'ms'),
    figure(`told${length}OffMs`, 'stopToUploadedMs of the API, furthest off', Math.max(...off), 'ms'),
  ];
}

const p50 = (values: readonly number[]): number => percentile(values, 0.5);
