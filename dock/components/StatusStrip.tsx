import { useSignal } from '@preact/signals';
import { t } from '../i18n/language.ts';
import { Shape } from './Shape.tsx';
import { StatusDetails } from './StatusDetails.tsx';
import { agentStatus, destinationStatus, obsStatus, type StatusView } from './status-views.ts';

type Which = 'obs' | 'agent' | 'destination';

/** OBS, agent and destination, each with a word and a shape; a tap says what is wrong and how to mend it. */
export function StatusStrip() {
  const open = useSignal<Which | null>(null);
  const views: Record<Which, StatusView> = {
    obs: obsStatus.value,
    agent: agentStatus.value,
    destination: destinationStatus.value,
  };
  return (
    <section class="status-strip" aria-label={t.value.status.strip}>
      {open.value === null ? null : <StatusDetails view={views[open.value]} isObs={open.value === 'obs'} />}
      <div class="status-row">
        {(Object.keys(views) as Which[]).map((which) => (
          <button
            type="button"
            key={which}
            class="status-button"
            data-testid={`status-${which}`}
            data-state={views[which].state}
            aria-expanded={open.value === which}
            aria-controls="status-details"
            onClick={() => {
              open.value = open.value === which ? null : which;
            }}
          >
            <span class="status-label muted">
              <Shape kind={views[which].shape} />
              {t.value.status[which]}
            </span>
            <span class="status-word">{views[which].word}</span>
          </button>
        ))}
      </div>
    </section>
  );
}
