import { milestone } from '../../announce.ts';
import { Icon, type IconName } from '../base/Icon.tsx';

interface Props {
  readonly id: string;
  readonly icon: IconName;
  readonly name: string;
  /** Shown under the icon where there is room. */
  readonly label: string;
  readonly shortcut?: string;
  /** Why it cannot be pressed now. */
  readonly reason: string | undefined;
  readonly busy?: boolean;
  readonly onPress: () => void;
}

/** One of the small buttons below the record button. Pressed while it cannot be, it announces why. */
export function SideButton({ id, icon, name, label, shortcut, reason, busy = false, onPress }: Props) {
  return (
    <button
      type="button"
      id={`${id}-button`}
      class="side-button"
      data-testid={id}
      aria-label={name}
      aria-keyshortcuts={shortcut}
      aria-disabled={reason !== undefined}
      aria-busy={busy}
      title={reason ?? (shortcut === undefined ? name : `${name} (${shortcut})`)}
      onClick={() => {
        if (reason === undefined) onPress();
        else milestone.value = reason;
      }}
    >
      <Icon name={icon} />
      <span class="side-label">{label}</span>
    </button>
  );
}
