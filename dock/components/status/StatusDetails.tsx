import { agent, agentConnected } from '../../agent/store.ts';
import { reconnectObs, tryAgain } from '../../dock.ts';
import { t } from '../../i18n/language.ts';
import { openSettings } from '../../panels.ts';
import { ActionButton } from '../base/ActionButton.tsx';
import { DestinationTest } from '../base/DestinationTest.tsx';
import { ErrorNote } from '../base/ErrorNote.tsx';
import { Shape } from '../base/Shape.tsx';
import { destinationView, type StatusId, type StatusView } from './status-views.ts';

interface Props {
  readonly which: StatusId;
  readonly view: StatusView;
}

/** The details of one entry of the status strip. */
export function StatusDetails({ which, view }: Props) {
  const words = t.value.status;
  const showsEach = which === 'destination' && (agent.value?.destinations.length ?? 0) > 0 && agentConnected.value;
  return (
    <div id="status-details" class="status-details stack" data-testid="status-details">
      {showsEach ? (
        <Destinations />
      ) : (
        <>
          {view.text === null ? null : <p>{view.text}</p>}
          {view.problem === null ? null : <ErrorNote info={view.problem} />}
        </>
      )}
      <div class="row">
        {which === 'obs' && view.shape !== 'ok' ? (
          <ActionButton testId="reconnect" label={words.reconnect} icon="retry" onPress={reconnectObs} />
        ) : null}
        {which !== 'obs' && !agentConnected.value ? (
          <ActionButton testId="try-now" label={t.value.agentAway.tryNow} icon="retry" onPress={tryAgain} />
        ) : null}
        {which !== 'agent' && view.shape !== 'ok' ? (
          <ActionButton testId="to-settings" label={t.value.settings.open} icon="settings" onPress={openSettings} />
        ) : null}
      </div>
    </div>
  );
}

function Destinations() {
  return (
    <>
      {agent.value?.destinations.map((destination) => {
        const { shape, word, text, problem } = destinationView(destination, t.value.status);
        return (
          <div key={destination.id} class="stack">
            <p class="state">
              <Shape kind={shape} />
              <span>{t.value.upload.destination[destination.id]}</span>
              <span class="muted">{word}</span>
            </p>
            {text === null ? null : <p class="muted">{text}</p>}
            {problem === null ? null : <ErrorNote info={problem} />}
            {destination.configured && !destination.embedded ? <DestinationTest id={destination.id} /> : null}
          </div>
        );
      })}
    </>
  );
}
