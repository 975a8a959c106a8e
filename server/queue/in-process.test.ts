import { describe, expect, test } from 'vitest';
import { InProcessQueue } from './in-process.ts';
import { queueContract } from './queue-contract-fixture.ts';

describe('the queue of one program', () => {
  queueContract(async () => new InProcessQueue(() => {}));

  test('the end aborts what is worked on, and waits for it', async () => {
    const queue = new InProcessQueue(() => {});
    const started = Promise.withResolvers<void>();
    let ended = false;
    await queue.add({ taskId: 'a', run: 1, priority: 1 });
    await queue.add({ taskId: 'b', run: 1, priority: 1 });
    queue.work(async (_, signal) => {
      started.resolve();
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      ended = true;
    }, 1);
    await started.promise;
    await queue.close();
    expect(ended).toBe(true);
    expect(await queue.waiting()).toBe(0);
  });
});
