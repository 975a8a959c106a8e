import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { SessionFilter } from '../../../shared/api.ts';
import type { Session } from '../../../shared/domain.ts';
import { agent, agentConnected } from '../../agent/store.ts';
import { history } from '../../dock.ts';
import { awayReason, t } from '../../i18n/language.ts';
import { ActionButton } from '../base/ActionButton.tsx';
import { choicesOf, Select } from '../base/Select.tsx';
import { FirstRun } from '../status/FirstRun.tsx';
import { watchNearness } from './near-screen.ts';
import { SessionChunk } from './SessionChunk.tsx';

/** How many sessions are drawn or left out together. */
const chunkSize = 5;

/** What was drawn for a chunk of the list; used again as long as its sessions do not change. */
interface DrawnChunk {
  readonly sessions: readonly Session[];
  readonly node: VNode;
}

/** The sessions of the history or of the search, newest first, one card each. Only those near the screen are drawn. */
export function SessionList() {
  const words = t.value.sessions;
  const state = agent.value;
  const found = state?.found ?? null;
  const sessions = (found ?? state)?.sessions ?? [];
  const hasMore = (found ?? state)?.nextCursor != null;
  const isEmpty = state?.sessions.length === 0;
  const chunks = useRef<readonly DrawnChunk[]>([]);
  chunks.current = Array.from({ length: Math.ceil(sessions.length / chunkSize) }, (_, index) => {
    const chunk = sessions.slice(index * chunkSize, (index + 1) * chunkSize);
    const drawn = chunks.current[index];
    const isSame = chunk.length === drawn?.sessions.length && chunk.every((one, at) => one === drawn.sessions[at]);
    if (isSame) return drawn;
    return { sessions: chunk, node: <SessionChunk key={index} sessions={chunk} isFirst={index === 0} /> };
  });
  return (
    <section class="stack" aria-labelledby="sessions-heading">
      <h2 id="sessions-heading" class="heading">
        {words.heading}
      </h2>
      {isEmpty && found === null ? <FirstRun /> : <SearchBar />}
      {found !== null && sessions.length === 0 && !history.searching.value ? (
        <p class="muted">{words.noneFound}</p>
      ) : null}
      {chunks.current.map(({ node }) => node)}
      {hasMore ? <More key={sessions.length} /> : null}
    </section>
  );
}

function SearchBar() {
  const words = t.value.sessions;
  return (
    // biome-ignore lint/a11y/useSemanticElements: <search> came with Chromium 118, OBS 28 brings 103
    <div role="search" class="search-bar">
      <input
        type="search"
        id="search-field"
        data-testid="search"
        aria-label={words.search}
        aria-keyshortcuts="/"
        aria-busy={history.searching.value}
        placeholder={words.search}
        title={awayReason.value}
        autocomplete="off"
        value={history.query.value}
        onInput={(event) => history.search({ query: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          history.search({ query: '' });
          event.currentTarget.blur();
        }}
      />
      <Select
        testId="filter"
        label={words.filter}
        choices={choicesOf<SessionFilter>(words.filters)}
        value={history.filter.value}
        onChoose={(filter) => history.search({ filter })}
      />
    </div>
  );
}

/** The button for the next page; the page is asked for by itself once the button is near. */
function More() {
  const words = t.value.sessions;
  const place = useRef<HTMLDivElement>(null);
  useEffect(
    () =>
      watchNearness(place.current, (isNear) => {
        if (isNear && agentConnected.peek()) void history.more();
      }),
    [],
  );
  return (
    <div ref={place} class="stack">
      <ActionButton testId="more" label={words.more} reason={awayReason.value} onPress={history.more} />
    </div>
  );
}
