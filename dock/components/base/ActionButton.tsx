import { useSignal } from '@preact/signals';
import { Icon, type IconName } from './Icon.tsx';

interface Props {
  readonly testId: string;
  readonly label: string;
  /** What assistive technology reads instead of the label, where several buttons have the same label. */
  readonly name?: string;
  readonly onPress: () => unknown;
  /** Why it cannot be pressed now; without a reason it can. */
  readonly reason?: string | undefined;
  readonly icon?: IconName;
  /** Only the icon is shown. */
  readonly bare?: boolean;
  readonly primary?: boolean;
  readonly danger?: boolean;
}

/** A button whose action may take a while: disabled until the action has ended. */
export function ActionButton(props: Props) {
  const { testId, label, name = label, onPress, reason, icon, bare = false, primary = false, danger = false } = props;
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
      class={`${primary ? 'primary ' : ''}${danger ? 'danger ' : ''}${bare ? 'bare' : ''}`}
      data-testid={testId}
      aria-label={name}
      aria-busy={busy.value}
      aria-disabled={busy.value || reason !== undefined}
      title={reason ?? (bare ? name : '')}
      onClick={press}
    >
      {icon === undefined ? null : <Icon name={icon} />}
      {bare ? null : label}
    </button>
  );
}
