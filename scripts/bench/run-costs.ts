/** What the recordings of stop-to-uploaded cost OBS and the agent. Pure. */
import type { Figure } from './figure.ts';
import type { ObsFrames } from './obs-frames.ts';
import type { RecordedRun } from './recorded-run.ts';

/** Two recordings of the same length. */
export interface Run {
  /** Uploaded while it was made. */
  readonly followed: RecordedRun;
  /** Uploaded by itself from the stop on. */
  readonly afterStop: RecordedRun;
  /** What rclone needs for the file of `afterStop`, ms. */
  readonly rcloneMs: number;
}

const mega = 1e6;
/** Of the file: once to send it, once to prove it. */
const goalRead = 2.1;

const obsWorse: readonly [id: string, label: string, unit: string, of: (obs: ObsFrames) => number][] = [
  ['skipped', 'skipped frames', '%', ({ skipped, output }) => (skipped / output) * 100],
  ['missed', 'missed frames', '%', ({ missed, rendered }) => (missed / rendered) * 100],
  ['dropped', 'dropped frames', 'frames', ({ dropped }) => dropped],
  ['render', 'time to draw a frame', 'ms', ({ renderMs }) => renderMs],
];

/** OBS is no worse with an upload where its mean is within what recordings without one had. */
export function obsFigures(runs: readonly Run[]): Figure[] {
  return [
    ...obsWorse.flatMap(([id, label, unit, of]): Figure[] => {
      const withUpload = runs.map(({ followed }) => of(followed.obs));
      const without = runs.map(({ afterStop }) => of(afterStop.obs));
      const atMost = Math.max(...without);
      return [
        { id: `${id}With`, label: `OBS, ${label}: with upload, mean`, value: mean(withUpload), unit, atMost },
        { id: `${id}Without`, label: `OBS, ${label}: without, mean`, value: mean(without), unit },
        { id: `${id}WithoutMost`, label: `OBS, ${label}: without, most`, value: atMost, unit },
      ];
    }),
    ...(['followed', 'afterStop'] as const).map((way): Figure => {
      const value = mean(runs.map((run) => run[way].obs.timely)) * 100;
      const label = `OBS, recorded of the time: ${way === 'followed' ? 'with upload' : 'without'}, mean`;
      return { id: `timely${way === 'followed' ? 'With' : 'Without'}`, label, value, unit: '%' };
    }),
  ];
}

export function costFigures(lengths: readonly number[], runsOf: (length: number) => readonly Run[]): Figure[] {
  const every = lengths.flatMap(runsOf);
  const both = [
    ['followed', 'Followed', 'while recording'],
    ['afterStop', 'After', 'after the stop'],
  ] as const;
  return [
    {
      id: 'partsTwice',
      label: 'parts sent twice while recording',
      value: sum(every.map(({ followed }) => followed.sentTwice.length)),
      unit: 'parts',
    },
    {
      id: 'slowedForObs',
      label: 'uploads held back while recording: OBS lost frames',
      value: every.filter(({ followed }) => followed.slowedForObs).length,
      unit: `of ${every.length}`,
    },
    ...lengths.flatMap((length): Figure[] => {
      const of = (field: 'readBytes' | 'fromDiskBytes'): number =>
        Math.max(...runsOf(length).map(({ followed }) => followed[field] / followed.fileBytes));
      const label = `${length} s, read ÷ file`;
      return [
        { id: `read${length}`, label: `${label}: most`, value: of('readBytes'), unit: '×', atMost: goalRead },
        { id: `disk${length}`, label: `${label}, not from the cache: most`, value: of('fromDiskBytes'), unit: '×' },
      ];
    }),
    ...lengths.flatMap((length) =>
      both.map(([way, id, label]): Figure => {
        const runs = runsOf(length).map((run) => run[way]);
        const value = sum(runs.map(({ cpuMs }) => cpuMs)) / 1000 / (sum(runs.map(({ fileBytes }) => fileBytes)) / 1e9);
        return { id: `cpu${id}${length}SPerGB`, label: `${length} s, agent, CPU: ${label}`, value, unit: 's/GB' };
      }),
    ),
    ...both.map(([way, id]): Figure => {
      const runs = every.map((run) => run[way]);
      const cpu = sum(runs.map(({ recordingCpuMs }) => recordingCpuMs));
      const value = (cpu / sum(runs.map(({ recordingMs }) => recordingMs))) * 100;
      const label = `agent, CPU while OBS records: ${way === 'followed' ? 'with upload' : 'without'}`;
      return { id: `recordingCpu${id}Percent`, label, value, unit: '%' };
    }),
    ...both.map(([way, id, label]): Figure => {
      const value = Math.max(...every.map((run) => run[way].peakBytes)) / mega;
      return { id: `peak${id}MB`, label: `agent, peak memory: ${label}`, value, unit: 'MB' };
    }),
  ];
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => (values.length === 0 ? 0 : sum(values) / values.length);
