import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../../i18n/language.ts';
import { ActionButton } from './ActionButton.tsx';
import type { IconName } from './Icon.tsx';

interface Props {
  readonly testId: string;
  readonly label: string;
  readonly name: string;
  /** Asked before the action. */
  readonly question: string;
  /** Asked after a yes to that, where somebody else may be hurt. */
  readonly again?: string | undefined;
  readonly icon: IconName;
  readonly reason?: string | undefined;
  readonly onConfirm: () => unknown;
}

/** A button for what cannot be undone: a press asks first, in its place. Escape answers no, and focus returns to it. */
export function ConfirmButton({ testId, label, name, question, again, icon, reason, onConfirm }: Props) {
  const asking = useSignal<'no' | 'first' | 'again'>('no');
  const box = useRef<HTMLDivElement>(null);
  const wasAsking = useRef(asking.value);
  useEffect(() => {
    if (asking.value !== wasAsking.current) box.current?.querySelector('button')?.focus();
    wasAsking.current = asking.value;
  }, [asking.value]);
  const cancel = (): void => {
    asking.value = 'no';
  };
  const confirm = async (): Promise<void> => {
    if (asking.value === 'first' && again !== undefined) {
      asking.value = 'again';
      return;
    }
    await onConfirm();
    asking.value = 'no';
  };
  if (asking.value === 'no') {
    return (
      <div ref={box}>
        <ActionButton
          testId={testId}
          label={label}
          name={name}
          icon={icon}
          reason={reason}
          onPress={() => {
            asking.value = 'first';
          }}
        />
      </div>
    );
  }
  const asked = asking.value === 'again' ? again : question;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out like this in every Chromium that OBS brings
    <div
      ref={box}
      class="confirm stack"
      role="group"
      aria-label={asked}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        cancel();
      }}
    >
      <p>{asked}</p>
      <div class="row">
        <ActionButton testId={`${testId}-no`} label={t.value.cancel} onPress={cancel} />
        <ActionButton testId={`${testId}-yes`} label={label} name={name} danger reason={reason} onPress={confirm} />
      </div>
    </div>
  );
}
