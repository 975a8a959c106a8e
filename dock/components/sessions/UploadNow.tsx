import { useSignal } from '@preact/signals';
import type { Destination, Session } from '../../../shared/domain.ts';
import { agent } from '../../agent/store.ts';
import { ask } from '../../dock.ts';
import { awayReason, t } from '../../i18n/language.ts';
import { ActionButton } from '../base/ActionButton.tsx';
import { Select } from '../base/Select.tsx';

interface Props {
  readonly session: Session;
  readonly primary?: boolean;
}

/** A button that uploads a session's files; with several destinations, a choice among them. */
export function UploadNow({ session: { id, name }, primary = false }: Props) {
  const words = t.value.upload;
  const chosen = useSignal<Destination | ''>('');
  const configured = agent.value?.destinations.filter((destination) => destination.configured) ?? [];
  return (
    <div class="row">
      <ActionButton
        testId="upload-now"
        label={words.now}
        name={t.value.actionOn(words.now, name)}
        icon="upload"
        primary={primary}
        reason={awayReason.value}
        onPress={() => ask((client) => client.uploadNow(id, chosen.value || undefined))}
      />
      {configured.length < 2 ? null : (
        <Select
          testId="upload-to"
          label={t.value.actionOn(words.to, name)}
          choices={[['', words.everywhere], ...configured.map((one) => [one.id, words.destination[one.id]] as const)]}
          value={chosen.value}
          onChoose={(choice) => {
            chosen.value = choice;
          }}
        />
      )}
    </div>
  );
}
