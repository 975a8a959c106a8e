import { agentConnected } from '../agent/store.ts';
import { reconnectObs, tryAgain } from '../dock.ts';
import { t } from '../i18n/language.ts';
import { ActionButton } from './ActionButton.tsx';
import { ErrorNote } from './ErrorNote.tsx';
import type { StatusView } from './status-views.ts';

interface Props {
  readonly view: StatusView;
  readonly isObs: boolean;
}

/** What stands behind one word of the status strip. */
export function StatusDetails({ view, isObs }: Props) {
  const words = t.value.status;
  return (
    <div id="status-details" class="status-details stack" data-testid="status-details">
      {view.text === null ? null : <p>{view.text}</p>}
      {view.problem === null ? null : <ErrorNote info={view.problem} />}
      {isObs && view.shape !== 'ok' ? (
        <div class="row">
          <ActionButton testId="reconnect" label={words.reconnect} name={words.reconnect} onPress={reconnectObs} />
        </div>
      ) : null}
      {!isObs && !agentConnected.value ? (
        <div class="row">
          <button type="button" onClick={tryAgain}>
            {t.value.agentAway.tryNow}
          </button>
        </div>
      ) : null}
    </div>
  );
}
