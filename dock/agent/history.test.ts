import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SessionsPage } from '../../shared/api.ts';
import type { Session } from '../../shared/domain.ts';
import type { ServerMessage } from '../../shared/live.ts';
import type { SessionsQuery } from './client.ts';
import { createHistory } from './history.ts';

const page = (id: string): SessionsPage => ({ sessions: [{ id } as Session], nextCursor: null });

function setUp(answer: (query: SessionsQuery) => Promise<SessionsPage> = async () => page('a')) {
  const asked: SessionsQuery[] = [];
  const found: (string | null)[] = [];
  const pages: SessionsPage[] = [];
  const failures: unknown[] = [];
  const history = createHistory({
    client: {
      sessions: (query) => {
        asked.push(query);
        return answer(query);
      },
    },
    listCursor: () => 'c1',
    searchCursor: () => 'f1',
    onListPage: (one) => pages.push(one),
    onSearchPage: (one, isFirst) => found.push(one === null ? null : `${one.sessions[0]?.id}${isFirst ? '' : '+'}`),
    onFailure: (error) => failures.push(error),
  });
  return { history, asked, found, pages, failures };
}
const message = (type: ServerMessage['type']): ServerMessage => ({ type }) as ServerMessage;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a search', () => {
  test('is sent once the typing pauses', async () => {
    const { history, asked, found } = setUp();
    history.search({ query: 'c' });
    history.search({ query: 'concert ' });
    expect(history.searching.value).toBe(true);
    await vi.runAllTimersAsync();
    expect(asked).toEqual([{ limit: 20, q: 'concert', filter: 'all', cursor: undefined }]);
    expect(found).toEqual(['a']);
    expect(history.searching.value).toBe(false);
  });

  test('ends once its words are gone', async () => {
    const { history, asked, found } = setUp();
    history.search({ query: 'c' });
    history.search({ query: '' });
    await vi.runAllTimersAsync();
    expect(asked).toEqual([]);
    expect(found).toEqual([null]);
  });

  test('ignores a late answer to an older one', async () => {
    const gates: (() => void)[] = [];
    const { history, found } = setUp(
      ({ filter = '' }) => new Promise((resolve) => gates.push(() => resolve(page(filter)))),
    );
    history.search({ filter: 'failed' });
    await vi.runAllTimersAsync();
    history.search({ filter: 'uploaded' });
    await vi.runAllTimersAsync();
    gates[1]?.();
    gates[0]?.();
    await vi.runAllTimersAsync();
    expect(found).toEqual(['uploaded']);
  });

  test('has further pages of its own', async () => {
    const { history, asked, found } = setUp();
    history.search({ filter: 'failed' });
    await vi.runAllTimersAsync();
    await history.more();
    expect(asked.at(-1)).toMatchObject({ filter: 'failed', cursor: 'f1' });
    expect(found).toEqual(['a', 'a+']);
  });

  test('is sent again when something could have changed, once for many messages', async () => {
    const { history, asked } = setUp();
    for (const type of ['session_updated', 'upload_completed'] as const) history.refreshAfter(message(type));
    history.search({ filter: 'failed' });
    await vi.runAllTimersAsync();
    expect(asked).toHaveLength(1);
    for (const type of ['upload_failed', 'session_updated', 'upload_progress'] as const)
      history.refreshAfter(message(type));
    await vi.runAllTimersAsync();
    expect(asked).toHaveLength(2);
    history.refreshAfter(message('upload_progress'));
    await vi.runAllTimersAsync();
    expect(asked).toHaveLength(2);
  });

  test('reports what went wrong', async () => {
    const { history, failures } = setUp(async () => {
      throw new Error('away');
    });
    history.search({ filter: 'failed' });
    await vi.runAllTimersAsync();
    expect(failures).toHaveLength(1);
    expect(history.searching.value).toBe(false);
  });
});

describe('without a search', () => {
  test('a further page begins where the list ends', async () => {
    const { history, asked, pages } = setUp();
    await history.more();
    expect(asked).toEqual([{ limit: 20, cursor: 'c1' }]);
    expect(pages).toHaveLength(1);
  });
  test.each([
    [0, 20],
    [57, 57],
    [5000, 200],
  ])('after a time away with %i sessions known, %i are asked for', async (known, limit) => {
    const { history, asked } = setUp();
    await history.reload(known);
    expect(asked).toEqual([{ limit }]);
  });
});
