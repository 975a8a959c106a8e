import { type ErrorInfo, translateError } from '../../shared/errors.ts';
import { language, t } from '../i18n/language.ts';
import { Shape } from './Shape.tsx';

interface Props {
  readonly info: ErrorInfo;
  /** Read out at once: only for what a person has just caused. */
  readonly alert?: boolean;
  readonly id?: string;
  readonly onClose?: () => void;
}

/** What went wrong and how to mend it, in the page's language. */
export function ErrorNote({ info, alert = false, id, onClose }: Props) {
  const { message, fix } = translateError(info, language.value);
  return (
    <div
      class="error-note"
      data-testid="error"
      data-code={info.code}
      {...(alert ? { role: 'alert' } : {})}
      {...(id === undefined ? {} : { id })}
    >
      <Shape kind="bad" />
      <div class="grow">
        <p>{message}</p>
        {fix === undefined ? null : <p class="muted">{fix}</p>}
      </div>
      {onClose === undefined ? null : (
        <button type="button" class="quiet" onClick={onClose} aria-label={t.value.close}>
          <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
            <path d="M1 1l8 8M9 1l-8 8" stroke="currentColor" stroke-width="1.5" fill="none" />
          </svg>
        </button>
      )}
    </div>
  );
}
