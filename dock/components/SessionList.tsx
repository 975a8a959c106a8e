import { agent, agentConnected, failure } from '../agent/store.ts';
import { loadMore } from '../dock.ts';
import { t } from '../i18n/language.ts';
import { ActionButton } from './ActionButton.tsx';
import { ErrorNote } from './ErrorNote.tsx';
import { LanguageSwitch } from './LanguageSwitch.tsx';
import { SessionCard } from './SessionCard.tsx';

/** Every session, newest first, one card each. */
export function SessionList() {
  const words = t.value.sessions;
  const sessions = agent.value?.sessions ?? [];
  const away = agentConnected.value ? undefined : t.value.agentAway.message;
  const failed = failure.value;
  return (
    <section class="stack" aria-labelledby="sessions-heading">
      <div class="row spread">
        <h2 id="sessions-heading" class="heading">
          {words.heading}
        </h2>
        <LanguageSwitch />
      </div>
      {failed === null ? null : (
        <ErrorNote
          info={failed.info ?? { code: 'agent_away', message: t.value.agentAway.noAnswer }}
          alert
          onClose={() => {
            failure.value = null;
          }}
        />
      )}
      {sessions.length === 0 ? <p class="muted">{words.none}</p> : null}
      {sessions.map((session) => (
        <SessionCard key={session.id} session={session} />
      ))}
      {agent.value?.nextCursor == null ? null : (
        <ActionButton testId="more" label={words.more} name={words.more} reason={away} onPress={loadMore} />
      )}
    </section>
  );
}
