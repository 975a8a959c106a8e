import { failure } from '../../agent/store.ts';
import { agentAwayError } from '../../errors.ts';
import { t } from '../../i18n/language.ts';
import { ActionButton } from '../base/ActionButton.tsx';
import { ErrorNote } from '../base/ErrorNote.tsx';

/** Why the last thing that a person asked the agent for did not happen: always at the foot of the page. */
export function FailureNote() {
  const failed = failure.value;
  if (failed === null) return null;
  return (
    <div class="failure stack">
      <ErrorNote
        info={failed.info ?? agentAwayError()}
        alert
        onClose={() => {
          failure.value = null;
        }}
      />
      {failed.retry === undefined ? null : (
        <div class="row">
          <ActionButton testId="failure-retry" label={t.value.agentAway.tryNow} icon="retry" onPress={failed.retry} />
        </div>
      )}
    </div>
  );
}
