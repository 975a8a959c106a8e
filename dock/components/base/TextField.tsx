import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { ErrorInfo } from '../../../shared/errors.ts';
import { ErrorNote } from './ErrorNote.tsx';

interface Props {
  readonly id: string;
  readonly label: string;
  /** The saved text, shown unless another one is being typed. */
  readonly value: string;
  /** @returns why it was not saved, or null */
  readonly onSave: (text: string) => Promise<ErrorInfo | null>;
  readonly multiline?: boolean;
  readonly placeholder?: string;
  /** Why it cannot be changed now. */
  readonly reason?: string | undefined;
}

/** A text that is saved when it loses focus or by Enter; Escape undoes. What could not be saved stays in the field. */
export function TextField({ id, label, value, onSave, multiline = false, placeholder = '', reason }: Props) {
  const draft = useSignal<string | null>(null);
  const problem = useSignal<ErrorInfo | null>(null);
  const escaped = useRef(false);
  const save = async (): Promise<void> => {
    const text = draft.value;
    if (escaped.current || text === null || text === value) {
      escaped.current = false;
      draft.value = null;
      problem.value = null;
      return;
    }
    problem.value = await onSave(text);
    if (problem.value === null && draft.value === text) draft.value = null;
  };
  const Tag = multiline ? 'textarea' : 'input';
  return (
    <div class="field">
      <label class="muted" for={id}>
        {label}
      </label>
      <Tag
        id={id}
        {...(multiline ? { rows: 3 } : { type: 'text' })}
        autocomplete="off"
        placeholder={placeholder}
        value={draft.value ?? value}
        readOnly={reason !== undefined}
        title={reason ?? ''}
        aria-invalid={problem.value !== null}
        aria-describedby={problem.value === null ? undefined : `${id}-error`}
        onInput={(event) => {
          draft.value = event.currentTarget.value;
          problem.value = null;
        }}
        onBlur={save}
        onKeyDown={(event) => {
          if (event.key === 'Escape') escaped.current = true;
          else if (event.key !== 'Enter' || multiline) return;
          event.stopPropagation();
          event.currentTarget.blur();
        }}
      />
      {problem.value === null ? null : <ErrorNote info={problem.value} alert id={`${id}-error`} />}
    </div>
  );
}
