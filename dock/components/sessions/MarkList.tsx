import { useSignal } from '@preact/signals';
import type { Mark, MarkKind, Session } from '../../../shared/domain.ts';
import { formatClock } from '../../../shared/format.ts';
import { detailsCalls } from '../../agent/details-calls.ts';
import { ask, attempt } from '../../dock.ts';
import { detailsWords } from '../../i18n/details-words.ts';
import { awayReason, t } from '../../i18n/language.ts';
import { ActionButton } from '../base/ActionButton.tsx';
import { Icon } from '../base/Icon.tsx';
import { MarkForm } from '../record/MarkForm.tsx';
import { ChapterExport } from './ChapterExport.tsx';

/** A session's chapters and notes: to read, add, change, delete and export. */
export function MarkList({ session }: { readonly session: Session }) {
  const words = t.value.marks;
  const { actionOn } = t.value;
  const { id, marks, durationMs } = session;
  /** The mark that is being changed, or the kind of a new one that is being written. */
  const editing = useSignal<Mark | MarkKind | null>(null);
  const edit = (markOrKind: Mark | MarkKind | null): void => {
    editing.value = markOrKind;
  };
  const reason = awayReason.value;
  const chapters = marks.filter(({ kind }) => kind === 'chapter');
  const form = (kind: MarkKind, mark: Mark | null) => (
    <MarkForm
      kind={kind}
      label={words.kind[kind]}
      text={mark?.text ?? ''}
      atMs={mark?.atMs ?? durationMs}
      withTime
      onSave={(change) =>
        attempt((client) =>
          mark === null ? client.addMark(id, { kind, ...change }) : client.changeMark(id, mark.id, change),
        )
      }
      onDone={() => edit(null)}
    />
  );
  const row = (mark: Mark) => {
    const text = mark.text || `${words.kind.chapter} ${chapters.indexOf(mark) + 1}`;
    return (
      <>
        <span title={words.kind[mark.kind]}>
          <Icon name={mark.kind} />
          <span class="visually-hidden">{words.kind[mark.kind]}</span>
        </span>
        <span class="mark-time">{formatClock(mark.atMs)}</span>
        <span class="grow">{text}</span>
        <ActionButton
          testId="mark-edit"
          label={actionOn(detailsWords.value.edit, text)}
          icon="edit"
          bare
          reason={reason}
          onPress={() => edit(mark)}
        />
        <ActionButton
          testId="mark-delete"
          label={actionOn(t.value.remove, text)}
          icon="remove"
          bare
          reason={reason}
          onPress={() => ask((client) => detailsCalls(client).deleteMark(id, mark.id))}
        />
      </>
    );
  };
  const edited = editing.value;
  const editedId = edited === null || typeof edited === 'string' ? null : edited.id;
  return (
    <div class="stack">
      <h4 class="muted">{detailsWords.value.marks}</h4>
      {marks.length === 0 ? null : (
        <ul>
          {marks.map((mark) => (
            <li key={mark.id} class="row tight mark" data-testid="mark" data-kind={mark.kind}>
              {mark.id === editedId ? form(mark.kind, mark) : row(mark)}
            </li>
          ))}
        </ul>
      )}
      {typeof edited === 'string' ? form(edited, null) : null}
      <div class="row">
        {(['chapter', 'note'] as const).map((kind) => (
          <ActionButton
            key={kind}
            testId={`add-${kind}`}
            label={words.kind[kind]}
            name={actionOn(words.add[kind], session.name)}
            icon={kind}
            reason={reason}
            onPress={() => edit(kind)}
          />
        ))}
      </div>
      {chapters.length === 0 ? null : <ChapterExport session={session} />}
    </div>
  );
}
