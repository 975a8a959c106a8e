import type { Task } from '../../shared/domain.ts';
import { formatPercent } from '../../shared/format.ts';
import { language, t } from '../i18n/language.ts';
import { ErrorNote } from './ErrorNote.tsx';
import { Shape, type ShapeKind } from './Shape.tsx';

const shapes: Record<Task['status'], ShapeKind> = {
  uploaded: 'busy',
  processing: 'busy',
  completed: 'ok',
  completed_simple: 'ok',
  error: 'bad',
  unknown: 'warn',
};

/** The processing server's job: its state in words, and its id to quote. */
export function TaskRow({ task }: { readonly task: Task }) {
  const { id, status, progress, error } = task;
  const words = t.value.task;
  const text =
    status === 'processing' && progress !== null
      ? words.processing(formatPercent(progress / 100, language.value))
      : words.status[status];
  return (
    <div class="task" data-testid="task" data-task-id={id} data-status={status}>
      <p class={`state state-${status}`}>
        <Shape kind={shapes[status]} />
        <span>{text}</span>
      </p>
      <p class="muted task-id">
        {words.label} <code>{id}</code>
      </p>
      {error === null ? null : <ErrorNote info={error} />}
    </div>
  );
}
