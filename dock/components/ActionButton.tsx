import { useSignal } from '@preact/signals';

interface Props {
  readonly testId: string;
  readonly label: string;
  /** What assistive technology says, where the label alone is ambiguous. */
  readonly name: string;
  readonly onPress: () => Promise<void>;
  /** Why it cannot be pressed now; a button with a reason is disabled. */
  readonly reason?: string | undefined;
  readonly primary?: boolean;
}

/** A button for something that takes its time: disabled until the answer is there. */
export function ActionButton({ testId, label, name, onPress, reason, primary = false }: Props) {
  const busy = useSignal(false);
  const press = async (): Promise<void> => {
    if (busy.value || reason !== undefined) return;
    busy.value = true;
    await onPress();
    busy.value = false;
  };
  return (
    <button
      type="button"
      class={primary ? 'primary' : ''}
      data-testid={testId}
      aria-label={name}
      aria-busy={busy.value}
      aria-disabled={busy.value || reason !== undefined}
      title={reason ?? ''}
      onClick={press}
    >
      {label}
    </button>
  );
}
