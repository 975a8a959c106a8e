/** Asks the agent for pages of the history, and for what a search or filter finds in it. */
import { type ReadonlySignal, signal } from '@preact/signals';
import type { SessionFilter, SessionsPage } from '../../shared/api.ts';
import type { ServerMessage } from '../../shared/live.ts';
import type { AgentClient } from './client.ts';

export interface HistoryPorts {
  readonly client: Pick<AgentClient, 'sessions'>;
  /** The cursor of the list's next page, without a search; null: there is none. */
  readonly listCursor: () => string | null;
  /** The cursor of the search's next page, likewise. */
  readonly searchCursor: () => string | null;
  readonly onListPage: (page: SessionsPage) => void;
  /** `isFirst`: a new search begins with this page. Null: there is no search any more. */
  readonly onSearchPage: (page: SessionsPage | null, isFirst: boolean) => void;
  readonly onFailure: (error: unknown) => void;
}

export interface History {
  /** The text in the search field. */
  readonly query: ReadonlySignal<string>;
  readonly filter: ReadonlySignal<SessionFilter>;
  /** Whether a search was asked for and is not answered yet. */
  readonly searching: ReadonlySignal<boolean>;
  search(change: { query?: string; filter?: SessionFilter }): void;
  /** Asks again for the newest sessions, as many as the page had (`known`), and for what the search finds. */
  reload(known: number): Promise<void>;
  /** Asks for the next page of the search, or of the list where there is no search. */
  more(): Promise<void>;
  /** Searches again if the message can change what is found. */
  refreshAfter(message: ServerMessage): void;
}

export const pageSize = 20;
/** The most sessions that the agent gives in one page (listQuerySchema). */
const largestPage = 200;
const typingPauseMs = 200;
/** Uploads end in bursts: one new search for all of them. */
const refreshPauseMs = 1000;

/** The history of one page, without a search at first. */
export function createHistory(ports: HistoryPorts): History {
  const { client, listCursor, searchCursor, onListPage, onSearchPage, onFailure } = ports;
  const query = signal('');
  const filter = signal<SessionFilter>('all');
  const searching = signal(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** The number of the newest search: answers to older ones are ignored. */
  let newest = 0;

  const isSearch = (): boolean => query.peek().trim() !== '' || filter.peek() !== 'all';

  async function searchNow(cursor?: string): Promise<void> {
    const number = ++newest;
    try {
      const page = await client.sessions({ limit: pageSize, q: query.peek().trim(), filter: filter.peek(), cursor });
      if (number === newest) onSearchPage(page, cursor === undefined);
    } catch (error) {
      if (number === newest) onFailure(error);
    } finally {
      if (number === newest) searching.value = false;
    }
  }

  function searchAfter(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(searchNow, ms);
  }

  return {
    query,
    filter,
    searching,
    search(change) {
      query.value = change.query ?? query.peek();
      filter.value = change.filter ?? filter.peek();
      searching.value = isSearch();
      if (isSearch()) return searchAfter(change.query === undefined ? 0 : typingPauseMs);
      clearTimeout(timer);
      newest += 1;
      onSearchPage(null, true);
    },
    async reload(known) {
      const limit = Math.min(largestPage, Math.max(pageSize, known));
      if (isSearch()) void searchNow();
      await client.sessions({ limit }).then(onListPage, onFailure);
    },
    async more() {
      if (isSearch()) {
        const cursor = searchCursor();
        if (cursor !== null && !searching.peek()) await searchNow(cursor);
        return;
      }
      const cursor = listCursor();
      if (cursor !== null) await client.sessions({ limit: pageSize, cursor }).then(onListPage, onFailure);
    },
    refreshAfter({ type }) {
      const matters = type.startsWith('session_') || (type.startsWith('upload_') && type !== 'upload_progress');
      if (matters && isSearch()) searchAfter(refreshPauseMs);
    },
  };
}
