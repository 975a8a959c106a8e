/** Search, filter and pages of the history, as they are asked for. */
import { type ReadonlySignal, signal } from '@preact/signals';
import type { SessionFilter, SessionsPage } from '../../shared/api.ts';
import type { ServerMessage } from '../../shared/live.ts';
import type { AgentClient } from './client.ts';

export interface HistoryPorts {
  readonly client: Pick<AgentClient, 'sessions'>;
  /** Where the list without a search goes on; null: nowhere. */
  readonly nextCursor: () => string | null;
  /** Where the search goes on. */
  readonly foundCursor: () => string | null;
  readonly onPage: (page: SessionsPage) => void;
  readonly onFound: (page: SessionsPage | null, goesOn: boolean) => void;
  readonly onFailure: (error: unknown) => void;
}

export interface History {
  readonly query: ReadonlySignal<string>;
  readonly filter: ReadonlySignal<SessionFilter>;
  /** While a search is on its way. */
  readonly searching: ReadonlySignal<boolean>;
  search(change: { query?: string; filter?: SessionFilter }): void;
  /** The newest sessions again: at least `known` of them, as after a time away. */
  reload(known: number): Promise<void>;
  more(): Promise<void>;
  /** Looks again where a message can change what is found. */
  heed(message: ServerMessage): void;
}

export const pageSize = 20;
/** What the agent gives in one page at most (listQuerySchema). */
const largestPage = 200;
const typingPauseMs = 200;
/** Uploads finish in bursts. */
const heedPauseMs = 1000;

export function createHistory(ports: HistoryPorts): History {
  const { client, nextCursor, foundCursor, onPage, onFound, onFailure } = ports;
  const query = signal('');
  const filter = signal<SessionFilter>('all');
  const searching = signal(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts searches: only the answer to the last one counts. */
  let latest = 0;

  const isOn = (): boolean => query.peek().trim() !== '' || filter.peek() !== 'all';
  const wanted = () => ({ q: query.peek().trim(), filter: filter.peek() });

  async function find(cursor?: string): Promise<void> {
    const own = ++latest;
    try {
      const page = await client.sessions({ limit: pageSize, ...wanted(), cursor });
      if (own === latest) onFound(page, cursor !== undefined);
    } catch (error) {
      if (own === latest) onFailure(error);
    } finally {
      if (own === latest) searching.value = false;
    }
  }

  function findIn(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(find, ms);
  }

  return {
    query,
    filter,
    searching,
    search(change) {
      query.value = change.query ?? query.peek();
      filter.value = change.filter ?? filter.peek();
      searching.value = isOn();
      if (isOn()) return findIn(change.query === undefined ? 0 : typingPauseMs);
      clearTimeout(timer);
      latest += 1;
      onFound(null, false);
    },
    async reload(known) {
      const limit = Math.min(largestPage, Math.max(pageSize, known));
      if (isOn()) void find();
      await client.sessions({ limit }).then(onPage, onFailure);
    },
    async more() {
      if (isOn()) {
        const cursor = foundCursor();
        if (cursor !== null && !searching.peek()) await find(cursor);
        return;
      }
      const cursor = nextCursor();
      if (cursor !== null) await client.sessions({ limit: pageSize, cursor }).then(onPage, onFailure);
    },
    heed({ type }) {
      const matters = type.startsWith('session_') || (type.startsWith('upload_') && type !== 'upload_progress');
      if (matters && isOn()) findIn(heedPauseMs);
    },
  };
}
