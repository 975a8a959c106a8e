import { expect, test } from 'vitest';
import type { Figure } from './figure.ts';
import type { RecordedRun } from './recorded-run.ts';
import type { Run } from './run-costs.ts';
import { stopFigures } from './stop-figures.ts';

const link = 40e6;

function recorded(change: Partial<RecordedRun> = {}, announced = 3000): RecordedRun {
  return {
    file: 'a.mp4',
    fileBytes: 25e6,
    steps: { closed: 500, sent: 2500, assembled: 2600, verified: 2700, announced },
    toldMs: announced,
    bytesAfterStop: 10e6,
    parts: 5,
    sentTwice: [],
    slowedForObs: false,
    obs: { output: 300, skipped: 3, rendered: 300, missed: 0, dropped: 0, renderMs: 2, timely: 1 },
    recordingMs: 10_000,
    recordingCpuMs: 500,
    cpuMs: 750,
    peakBytes: 100e6,
    readBytes: 50e6,
    fromDiskBytes: 0,
    ...change,
  };
}

const run = (seconds: number, change: Partial<Run> = {}): Run => ({
  ...{ followed: recorded({}, seconds * 1000), afterStop: recorded({}, 6000), rcloneMs: 5500 },
  ...change,
});

function figure(all: ReadonlyMap<number, readonly Run[]>, id: string): Figure {
  const found = stopFigures(all, link).find((each) => each.id === id);
  if (found === undefined) throw new Error(`no figure ${id}`);
  return found;
}

test('the worst run of five is p95, and has to be within 2 s and what the link needs for 10 MiB', () => {
  const all = new Map([[10, [3, 5, 3.1, 2.9, 3.2].map((seconds) => run(seconds))]]);
  expect(figure(all, 'followed10P50S')).toMatchObject({ value: 3.1 });
  expect(figure(all, 'followed10P95S').value).toBe(5);
  expect(figure(all, 'followed10P95S').atMost).toBeCloseTo(4.097, 3);
  expect(figure(all, 'afterStop10P95S').atMost).toBeUndefined();
});

test('the longest recording is set against the shortest one, each by its median', () => {
  const all = new Map([
    [300, [run(4.5)]],
    [10, [run(3), run(2), run(9)]],
  ]);
  expect(figure(all, 'followedRatio')).toMatchObject({
    value: 1.5,
    atMost: 1.2,
    label: '300 s : 10 s, while recording',
  });
});

test('one length alone has no ratio', () => {
  expect(stopFigures(new Map([[10, [run(3)]]]), link).some(({ id }) => id.endsWith('Ratio'))).toBe(false);
});

test('what is not the link’s is told: 10 MB need 2 s of it', () => {
  expect(figure(new Map([[10, [run(3)]]]), 'beyondLink10Ms').value).toBe(1000);
});

test('steps are told by what each adds', () => {
  const all = new Map([[10, [run(3)]]]);
  expect(['closed', 'sent', 'assembled', 'verified', 'announced'].map((id) => figure(all, `${id}10Ms`).value)).toEqual([
    500, 2000, 100, 100, 300,
  ]);
});

test('OBS with upload has to be within what recordings without one had', () => {
  const { obs } = recorded();
  const all = new Map([
    [10, [run(3, { followed: recorded({ obs: { ...obs, skipped: 6 } }) }), run(3)]],
    [60, [run(3, { afterStop: recorded({ obs: { ...obs, skipped: 4.5 } }) })]],
  ]);
  expect(figure(all, 'skippedWith').value).toBeCloseTo(4 / 3, 6);
  expect(figure(all, 'skippedWith').atMost).toBeCloseTo(1.5, 6);
});

test('runs whose upload was held back are counted: they explain what else would look slow', () => {
  const all = new Map([[10, [run(3, { followed: recorded({ slowedForObs: true }) }), run(3)]]]);
  expect(figure(all, 'slowedForObs')).toMatchObject({ value: 1, unit: 'of 2' });
});

test('parts sent twice are counted, reading is judged by the file’s size', () => {
  const all = new Map([[10, [run(3, { followed: recorded({ sentTwice: [2, 4], readBytes: 75e6 }) }), run(3)]]]);
  expect(figure(all, 'partsTwice').value).toBe(2);
  expect(figure(all, 'read10')).toMatchObject({ value: 3, atMost: 2.1 });
  expect(figure(all, 'cpuFollowed10SPerGB').value).toBeCloseTo(30, 6);
  expect(figure(all, 'recordingCpuFollowedPercent').value).toBeCloseTo(5, 6);
});
