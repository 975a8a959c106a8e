import { useSignal } from '@preact/signals';
import type { DestinationTest as TestResult } from '../../../shared/api.ts';
import type { Destination } from '../../../shared/domain.ts';
import { milestone } from '../../announce.ts';
import { ask, settingsEditor } from '../../dock.ts';
import { awayReason, t } from '../../i18n/language.ts';
import { ActionButton } from '../base/ActionButton.tsx';
import { ErrorNote } from '../base/ErrorNote.tsx';
import { Shape } from '../base/Shape.tsx';

interface Props {
  readonly id: Destination;
  /** Saves typed settings first, because the agent tests with those that it has. */
  readonly saveFirst?: boolean;
}

/** A button that tests a destination with a small real round trip, and the result. */
export function DestinationTest({ id, saveFirst = false }: Props) {
  const words = t.value.settings;
  const result = useSignal<TestResult | null>(null);
  const mustSave = saveFirst && settingsEditor.dirty.value;
  const label = mustSave ? words.testSaves : words.test;
  return (
    <>
      <div class="row">
        <ActionButton
          testId={`test-${id}`}
          label={label}
          name={t.value.actionOn(label, t.value.upload.destination[id])}
          reason={awayReason.value}
          onPress={async () => {
            result.value = null;
            if (mustSave && !(await settingsEditor.save())) return;
            result.value = (await ask((client) => client.testDestination(id))) ?? null;
            if (result.peek()?.ok) milestone.value = words.testOk;
          }}
        />
        {result.value?.ok ? (
          <span class="state" data-testid={`tested-${id}`}>
            <Shape kind="ok" />
            {words.testOk}
          </span>
        ) : null}
      </div>
      {result.value?.problem ? <ErrorNote info={result.value.problem} alert /> : null}
    </>
  );
}
