import { agentLink } from '../../agent/store.ts';
import { tryAgain } from '../../dock.ts';
import { ownError } from '../../errors.ts';
import { t } from '../../i18n/language.ts';
import { ErrorNote } from '../base/ErrorNote.tsx';
import { Shape } from '../base/Shape.tsx';

/** Shown when the agent was connected and is away: what still works, and what waits for it. */
export function AgentBanner() {
  if (agentLink.value === 'refused') return <ErrorNote info={ownError('unauthorized')} />;
  return (
    <div class="banner" data-testid="agent-banner">
      <Shape kind="warn" />
      <p class="grow">{t.value.agentAway.banner}</p>
      <button type="button" onClick={tryAgain}>
        {t.value.agentAway.tryNow}
      </button>
    </div>
  );
}
