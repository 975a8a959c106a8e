import { failure } from '../../agent/store.ts';
import { t } from '../../i18n/language.ts';
import { ErrorNote } from '../base/ErrorNote.tsx';

/** Why the last thing that a person asked for did not happen: at the foot of the page, wherever it was asked. */
export function FailureNote() {
  const failed = failure.value;
  if (failed === null) return null;
  return (
    <div class="failure">
      <ErrorNote
        info={failed.info ?? { code: 'agent_away', message: t.value.agentAway.message }}
        alert
        onClose={() => {
          failure.value = null;
        }}
      />
    </div>
  );
}
