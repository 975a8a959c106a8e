import { useSignal } from '@preact/signals';
import type { Orphan } from '../../../shared/api.ts';
import { formatBytes } from '../../../shared/format.ts';
import { ask } from '../../dock.ts';
import { formatMoment } from '../../format.ts';
import { awayReason, language, t } from '../../i18n/language.ts';
import { settingsWords } from '../../i18n/settings-words.ts';
import { ActionButton } from '../base/ActionButton.tsx';

/** Unfinished uploads in the bucket that no agent goes on with: listed and removed on request. */
export function Orphans() {
  const words = settingsWords.value;
  const orphans = useSignal<readonly Orphan[] | null>(null);
  const reason = awayReason.value;
  const list = async (): Promise<void> => {
    orphans.value = (await ask((client) => client.orphans())) ?? null;
  };
  return (
    <>
      <div class="row">
        <ActionButton testId="orphans" label={words.orphans} icon="retry" reason={reason} onPress={list} />
      </div>
      <p class="muted">{words.orphansHint}</p>
      {orphans.value?.length === 0 ? <p>{words.orphansNone}</p> : null}
      <ul>
        {orphans.value?.map((orphan) => (
          <li key={orphan.uploadId} class="row" data-testid="orphan">
            <span class="grow">
              {orphan.key}
              <span class="muted">
                {' '}
                {formatBytes(orphan.bytes, language.value)}
                {orphan.initiatedAt === null ? '' : `, ${formatMoment(orphan.initiatedAt, language.value)}`}
              </span>
            </span>
            {orphan.young ? null : (
              <ActionButton
                testId="orphan-abort"
                label={words.abort}
                name={t.value.actionOn(words.abort, orphan.key)}
                icon="remove"
                reason={reason}
                onPress={async () => {
                  await ask((client) => client.abortOrphan(orphan));
                  await list();
                }}
              />
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
