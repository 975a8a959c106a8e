import { useSignal } from '@preact/signals';
import type { DestinationTest as TestResult } from '../../../shared/api.ts';
import type { Destination } from '../../../shared/domain.ts';
import { milestone } from '../../announce.ts';
import { ask } from '../../dock.ts';
import { awayReason, t } from '../../i18n/language.ts';
import { ActionButton } from './ActionButton.tsx';
import { ErrorNote } from './ErrorNote.tsx';
import { Shape } from './Shape.tsx';

/** What must be done before the test. */
export interface FirstAction {
  /** The button's, for both. */
  readonly label: string;
  /** @returns whether it is done */
  readonly run: () => Promise<boolean>;
}

interface Props {
  readonly id: Destination;
  readonly first?: FirstAction | undefined;
}

/** A button that tests a destination with a small real round trip, and the result. */
export function DestinationTest({ id, first }: Props) {
  const words = t.value.settings;
  const result = useSignal<TestResult | null>(null);
  const label = first?.label ?? words.test;
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
            if (first !== undefined && !(await first.run())) return;
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
