import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { t } from '../../i18n/language.ts';
import { Shape } from '../base/Shape.tsx';
import { FailureNote } from './FailureNote.tsx';
import { StatusDetails } from './StatusDetails.tsx';
import { agentStatus, destinationStatus, obsStatus, type StatusId, type StatusView } from './status-views.ts';

/** OBS, agent and destination, each with its state; a press shows what is wrong and how to fix it. */
export function StatusStrip() {
  const open = useSignal<StatusId | null>(null);
  const strip = useRef<HTMLElement>(null);
  const views: Record<StatusId, StatusView> = {
    obs: obsStatus.value,
    agent: agentStatus.value,
    destination: destinationStatus.value,
  };
  return (
    <section
      ref={strip}
      class="status-strip"
      aria-label={t.value.status.strip}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || open.value === null) return;
        strip.current?.querySelector<HTMLElement>(`[data-testid="status-${open.value}"]`)?.focus();
        open.value = null;
      }}
    >
      <FailureNote />
      {open.value === null ? null : <StatusDetails which={open.value} view={views[open.value]} />}
      <div class="status-row">
        {(Object.keys(views) as StatusId[]).map((which) => (
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
            <span>{views[which].word}</span>
          </button>
        ))}
      </div>
    </section>
  );
}
