import { agentLink } from '../../agent/store.ts';
import { tryAgain } from '../../dock.ts';
import { ownError } from '../../errors.ts';
import { t } from '../../i18n/language.ts';
import { ErrorNote } from '../base/ErrorNote.tsx';
import { Shape } from '../base/Shape.tsx';

/** The whole page before the first snapshot: that it waits for the agent, and how to start that. */
export function AgentAway() {
  const words = t.value.agentAway;
  const refused = agentLink.value === 'refused';
  return (
    <main class="page" data-testid="agent-away">
      <section class="card stack">
        <h1 class="heading">
          <Shape kind={refused ? 'bad' : 'busy'} />
          {refused ? words.refusedTitle : words.title}
        </h1>
        {refused ? <ErrorNote info={ownError('unauthorized')} /> : <p class="muted">{words.fix}</p>}
        <div class="row">
          <button type="button" onClick={tryAgain}>
            {words.tryNow}
          </button>
        </div>
      </section>
    </main>
  );
}
