import { expect, onTestFinished, test } from 'vitest';
import type { Job, Queue, Work } from './queue.ts';

/** What every queue must do, whichever engine it has. @param open a new, empty one */
export function queueContract(open: () => Promise<Queue>): void {
  const start = async (): Promise<Queue> => {
    const queue = await open();
    onTestFinished(() => queue.close());
    return queue;
  };
  const job = (taskId: string, priority: number, run = 1): Job => ({ taskId, run, priority });
  /** A Work that notes what it does and goes on when it is told to. */
  const gated = (): {
    work: Work;
    order: string[];
    next: (id: string) => Promise<void>;
    started: (id: string) => Promise<void>;
  } => {
    const order: string[] = [];
    const starts = new Map<string, PromiseWithResolvers<void>>();
    const ends = new Map<string, PromiseWithResolvers<void>>();
    const of = (map: Map<string, PromiseWithResolvers<void>>, id: string): PromiseWithResolvers<void> => {
      const known = map.get(id) ?? Promise.withResolvers<void>();
      map.set(id, known);
      return known;
    };
    return {
      order,
      started: (id) => of(starts, id).promise,
      next: async (id) => {
        await of(starts, id).promise;
        of(ends, id).resolve();
      },
      work: async ({ taskId }, signal) => {
        order.push(taskId);
        of(starts, taskId).resolve();
        const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        await Promise.race([of(ends, taskId).promise, aborted]);
      },
    };
  };

  test('higher priorities first, equal ones in their order, and the place is told', async () => {
    const queue = await start();
    const { work, order, next } = gated();
    await queue.add(job('first', 1));
    for (const [id, priority] of [
      ['low', 1],
      ['high', 9],
      ['low too', 1],
      ['high too', 9],
    ] as const) {
      await queue.add(job(id, priority));
    }
    expect(await queue.place(job('low too', 1))).toBe(4);
    expect(await queue.place(job('high', 9))).toBe(0);
    queue.work(work, 1);
    for (const id of ['high', 'high too', 'first', 'low', 'low too']) await next(id);
    expect(order).toEqual(['high', 'high too', 'first', 'low', 'low too']);
  });

  test('twice the same job is one; another run of its task is another', async () => {
    const queue = await start();
    for (const run of [1, 1, 2]) await queue.add(job('a', 5, run));
    expect(await queue.waiting()).toBe(2);
  });

  test('a job that waits gets another priority', async () => {
    const queue = await start();
    for (const id of ['a', 'b', 'c']) await queue.add(job(id, 5));
    await queue.setPriority(job('c', 8));
    expect(await queue.place(job('c', 8))).toBe(0);
    const { work, order, next } = gated();
    queue.work(work, 1);
    for (const id of ['c', 'a', 'b']) await next(id);
    expect(order).toEqual(['c', 'a', 'b']);
  });

  test('a removed job is not done; one that is worked on is aborted', async () => {
    const queue = await start();
    const { work, order, started, next } = gated();
    for (const id of ['a', 'b', 'c']) await queue.add(job(id, 5));
    queue.work(work, 1);
    await started('a');
    expect(await queue.place(job('a', 5))).toBeNull();
    await queue.remove(job('b', 5));
    await queue.remove(job('a', 5));
    await next('c');
    expect(order).toEqual(['a', 'c']);
  });

  test('what is reported is heard, and gone when the job is over', async () => {
    const queue = await start();
    const heard = Promise.withResolvers<string>();
    queue.onProgress((taskId, { stage, fraction }) => heard.resolve(`${taskId} ${stage} ${fraction}`));
    const over = Promise.withResolvers<void>();
    await queue.add(job('a', 5));
    queue.work(async (_, __, report) => {
      report({ stage: 'transcribe', fraction: 0.37 });
      await over.promise;
    }, 1);
    expect(await heard.promise).toBe('a transcribe 0.37');
    expect(await queue.progress(job('a', 5))).toEqual({ stage: 'transcribe', fraction: 0.37 });
    over.resolve();
    await expect.poll(() => queue.progress(job('a', 5))).toBeNull();
  });
}
