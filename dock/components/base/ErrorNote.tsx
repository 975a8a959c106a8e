import type { ErrorInfo } from '../../../shared/errors.ts';
import { localiseError } from '../../errors.ts';
import { t } from '../../i18n/language.ts';
import { ActionButton } from './ActionButton.tsx';
import { Shape } from './Shape.tsx';

interface Props {
  readonly info: ErrorInfo;
  /** Whether a screen reader reads it at once: only for what a person has just caused. */
  readonly alert?: boolean;
  readonly id?: string;
  readonly onClose?: () => void;
}

/** An error: what went wrong and how to fix it, in the page's language. */
export function ErrorNote({ info, alert = false, id, onClose }: Props) {
  const { message, fix } = localiseError(info);
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
        <ActionButton testId="close" label={t.value.close} icon="close" bare onPress={onClose} />
      )}
    </div>
  );
}
