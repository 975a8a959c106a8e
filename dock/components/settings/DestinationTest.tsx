import { useSignal } from '@preact/signals';
import type { DestinationTest as Outcome } from '../../../shared/api.ts';
import type { Destination } from '../../../shared/domain.ts';
import { milestone } from '../../announce.ts';
import { ask, settingsEditor } from '../../dock.ts';
import { awayReason, t } from '../../i18n/language.ts';
import { ActionButton } from '../base/ActionButton.tsx';
import { ErrorNote } from '../base/ErrorNote.tsx';
import { Shape } from '../base/Shape.tsx';

interface Props {
  readonly id: Destination;
  /** What was typed is saved first: only what the agent has can be tested. */
  readonly saves?: boolean;
}

/** A small real round trip to a destination, and the exact fault. */
export function DestinationTest({ id, saves = false }: Props) {
  const words = t.value.settings;
  const outcome = useSignal<Outcome | null>(null);
  const first = saves && settingsEditor.dirty.value;
  const label = first ? words.testSaves : words.test;
  return (
    <>
      <div class="row">
        <ActionButton
          testId={`test-${id}`}
          label={label}
          name={t.value.upload.of(label, t.value.upload.destination[id])}
          reason={awayReason.value}
          onPress={async () => {
            outcome.value = null;
            if (first && !(await settingsEditor.save())) return;
            outcome.value = (await ask((client) => client.testDestination(id))) ?? null;
            if (outcome.peek()?.ok) milestone.value = words.testOk;
          }}
        />
        {outcome.value?.ok ? (
          <span class="state" data-testid={`tested-${id}`}>
            <Shape kind="ok" />
            {words.testOk}
          </span>
        ) : null}
      </div>
      {outcome.value?.problem ? <ErrorNote info={outcome.value.problem} alert /> : null}
    </>
  );
}
