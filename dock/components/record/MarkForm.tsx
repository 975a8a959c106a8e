import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { MarkKind } from '../../../shared/domain.ts';
import type { ErrorInfo } from '../../../shared/errors.ts';
import { formatClock } from '../../../shared/format.ts';
import { t } from '../../i18n/language.ts';
import { ActionButton } from '../base/ActionButton.tsx';
import { ErrorNote } from '../base/ErrorNote.tsx';
import { parseMarkTime } from './mark-time.ts';

interface Props {
  readonly kind: MarkKind;
  readonly label: string;
  readonly text: string;
  /** Its place, in ms of recorded time. */
  readonly atMs: number;
  /** Whether its time can be changed too. */
  readonly withTime?: boolean;
  /** @returns why it was not saved, or null */
  readonly onSave: (mark: { readonly text: string; readonly atMs: number }) => Promise<ErrorInfo | null>;
  readonly onDone: () => void;
}

/** The text of a chapter or note, and its time. Enter saves, Escape cancels; then focus returns to where it was. */
export function MarkForm({ kind, label, text, atMs, withTime = false, onSave, onDone }: Props) {
  const words = t.value.marks;
  const shownTime = useSignal(formatClock(atMs));
  const shownText = useSignal(text);
  const problem = useSignal<ErrorInfo | null>(null);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    input.current?.focus();
    return () => {
      // Only where focus was inside the form: a person may have gone on elsewhere while it was being saved.
      if (document.activeElement === document.body && before instanceof HTMLElement) before.focus();
    };
  }, []);
  const save = async (): Promise<void> => {
    const typedMs = parseMarkTime(shownTime.peek());
    if (typedMs === null) {
      problem.value = { code: 'mark_time', message: words.badTime };
      return;
    }
    // The field shows seconds: an unchanged time keeps its milliseconds, so that it does not come to lie after the end.
    const newAtMs = formatClock(typedMs) === formatClock(atMs) ? Math.floor(atMs) : typedMs;
    problem.value = await onSave({ text: shownText.peek().trim(), atMs: newAtMs });
    if (problem.peek() === null) onDone();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out like this in every Chromium that OBS brings
    <div
      class="stack prompt"
      role="group"
      aria-label={label}
      data-testid="mark-form"
      onKeyDown={(event) => {
        const isEscape = event.key === 'Escape';
        if (!isEscape && (event.key !== 'Enter' || !(event.target instanceof HTMLInputElement))) return;
        event.preventDefault();
        event.stopPropagation();
        if (isEscape) onDone();
        else void save();
      }}
    >
      <div class="row tight mark-fields">
        {withTime ? (
          <label class="field">
            <span class="muted">{words.time}</span>
            <input
              type="text"
              data-testid="mark-at"
              value={shownTime.value}
              onInput={(event) => {
                shownTime.value = event.currentTarget.value;
              }}
            />
          </label>
        ) : null}
        <label class="field grow">
          <span class="muted">{label}</span>
          <input
            ref={input}
            type="text"
            data-testid="mark-text"
            autocomplete="off"
            maxLength={kind === 'chapter' ? 200 : 2000}
            placeholder={kind === 'chapter' ? words.optional : ''}
            value={shownText.value}
            onInput={(event) => {
              shownText.value = event.currentTarget.value;
            }}
          />
        </label>
      </div>
      {problem.value === null ? null : <ErrorNote info={problem.value} alert />}
      <div class="row">
        <ActionButton testId="mark-save" label={t.value.save} primary onPress={save} />
        <ActionButton testId="mark-cancel" label={t.value.cancel} onPress={onDone} />
      </div>
    </div>
  );
}
