import { useSignal } from '@preact/signals';
import type { Orphan } from '../../../shared/api.ts';
import { formatBytes } from '../../../shared/format.ts';
import { settingsCalls } from '../../agent/settings-calls.ts';
import { ask } from '../../dock.ts';
import { formatMoment } from '../../format.ts';
import { awayReason, language, t } from '../../i18n/language.ts';
import { settingsWords } from '../../i18n/settings-words.ts';
import { ActionButton } from '../base/ActionButton.tsx';
import { ConfirmButton } from '../base/ConfirmButton.tsx';
import { Shape } from '../base/Shape.tsx';

/** Unfinished uploads in the bucket that no agent goes on with: listed and removed on request. */
export function Orphans() {
  const words = settingsWords.value;
  const orphans = useSignal<readonly Orphan[] | null>(null);
  const list = async (): Promise<void> => {
    orphans.value = (await ask((client) => settingsCalls(client).orphans())) ?? null;
  };
  return (
    <>
      <div class="row">
        <ActionButton testId="orphans" label={words.orphans} icon="retry" reason={awayReason.value} onPress={list} />
      </div>
      <p class="muted">{words.orphansHint}</p>
      {orphans.value?.length === 0 ? <p>{words.orphansNone}</p> : null}
      <ul class="orphans">
        {orphans.value?.map((orphan) => (
          <OrphanRow key={orphan.uploadId} orphan={orphan} onRemoved={list} />
        ))}
      </ul>
    </>
  );
}

/** Why somebody may still need it, in the order in which it is said; none: one question is enough. */
function marksOf({ young, station }: Orphan): readonly string[] {
  const words = settingsWords.value;
  return [...(young ? [words.young] : []), ...(station === null ? [] : [words.ofStation(station)])];
}

interface RowProps {
  readonly orphan: Orphan;
  readonly onRemoved: () => Promise<void>;
}

function OrphanRow({ orphan, onRemoved }: RowProps) {
  const words = settingsWords.value;
  const { key, uploadId, bytes, initiatedAt } = orphan;
  const marks = marksOf(orphan);
  const isMarked = marks.length > 0;
  const remove = async (): Promise<void> => {
    await ask((client) => settingsCalls(client).abortOrphan({ key, uploadId, ...(isMarked && { confirm: true }) }));
    await onRemoved();
  };
  return (
    <li class="row" data-testid="orphan" data-young={orphan.young} data-station={orphan.station}>
      <div class="grow">
        {key}
        <span class="muted">
          {' '}
          {formatBytes(bytes, language.value)}
          {initiatedAt === null ? '' : `, ${formatMoment(initiatedAt, language.value)}`}
        </span>
        {marks.map((mark) => (
          <p key={mark} class="state muted">
            <Shape kind="warn" />
            <span>{mark}</span>
          </p>
        ))}
      </div>
      <ConfirmButton
        testId="orphan-abort"
        label={words.abort}
        name={t.value.actionOn(words.abort, key)}
        question={words.abortAsk}
        again={isMarked ? words.abortAgain : undefined}
        icon="remove"
        reason={awayReason.value}
        onConfirm={remove}
      />
    </li>
  );
}
