import { describe, expect, test } from 'vitest';
import {
  again,
  atStage,
  begun,
  cancelled,
  completed,
  failed,
  queued,
  reprioritised,
  requeued,
  stageDone,
  taskStateSchema,
} from './task-state.ts';

const settings = { model: 'base', language: null, audioTrack: null, priority: 3 } as const;
const file = (name: string) => ({ file: name, type: 'text/vtt', bytes: 10 });
const fresh = queued(settings, 1000);
const problem = { code: 'no_audio', cause: 'c', fix: 'f' };

describe('the life of a task', () => {
  test('waits, is worked on, ends; each step is what the disk takes', () => {
    const working = atStage(begun(fresh, 2000), 'transcribe');
    expect(working).toMatchObject({ status: 'processing', attempts: 1, startedAt: 2000, stage: 'transcribe' });
    const heard = stageDone(working, 'transcribe', { results: { subtitles: file('subtitles.vtt') } });
    const over = completed(heard, true, 9000);
    expect(over).toMatchObject({ status: 'completed', stage: null, endedAt: 9000, done: ['transcribe'] });
    expect(over.results.subtitles).toMatchObject({ stage: 'transcribe' });
    for (const state of [fresh, working, heard, over]) expect(taskStateSchema.parse(state)).toEqual(state);
  });

  test('what a stage makes takes the place of what it had made', () => {
    const first = stageDone(fresh, 'transcribe', {
      results: { subtitles: file('a.vtt'), words: file('a.json') },
      warnings: [{ code: 'silent', message: 'm' }],
    });
    const other = stageDone(first, 'video', { results: { video: file('video.mp4') } });
    const second = stageDone(other, 'transcribe', { results: { subtitles: file('b.vtt') } });
    expect(Object.keys(second.results).sort()).toEqual(['subtitles', 'video']);
    expect(second.results.subtitles?.file).toBe('b.vtt');
    expect(second.warnings).toEqual([]);
  });

  test('a worker that ends in order gives it back, and that is no failed attempt', () => {
    expect(requeued(begun(fresh, 2000))).toMatchObject({ status: 'uploaded', attempts: 0, stage: null });
  });

  test('what is over stays over', () => {
    const over = completed(fresh, false, 2000);
    expect(cancelled(over, 3000)).toBe(over);
    expect(reprioritised(over, 9)).toBe(over);
    expect(reprioritised(fresh, 9).settings.priority).toBe(9);
  });

  test('again after a failure goes on where it failed; with another model it hears anew', () => {
    const checked = stageDone(stageDone(fresh, 'check', {}), 'transcribe', { results: { subtitles: file('a.vtt') } });
    const broken = failed(checked, problem, 2000);
    expect(again(broken, {}, 3000)).toMatchObject({ status: 'uploaded', run: 2, done: ['check', 'transcribe'] });
    expect(again(broken, { model: 'small' }, 3000)).toMatchObject({
      run: 2,
      done: ['check'],
      problem: null,
      attempts: 0,
    });
    expect(again(completed(checked, true, 2000), { language: 'fr' }, 3000).done).toEqual(['check']);
  });
});
