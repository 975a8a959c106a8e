import { useEffect, useRef } from 'preact/hooks';
import { helpWords } from '../../i18n/help-words.ts';
import { t } from '../../i18n/language.ts';
import { shortcuts } from '../../shortcuts.ts';
import { helpOpen } from '../../view.ts';
import { ActionButton } from './ActionButton.tsx';

export { default as css } from '../../styles/help.css?inline';

/** The shortcuts, in a modal <dialog>: the browser keeps focus inside, closes it with Escape and gives focus back. */
export function HelpSheet() {
  const words = helpWords.value;
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = helpOpen.value;
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  const close = (): void => {
    helpOpen.value = false;
  };
  return (
    // Also on cancel, which Escape fires at once: until `close` comes, a moment later, shortcuts would be ignored.
    <dialog
      ref={dialog}
      class="help"
      data-testid="help-sheet"
      aria-labelledby="help-heading"
      onCancel={close}
      onClose={close}
    >
      <div class="row tight">
        <h2 id="help-heading" class="heading grow">
          {words.heading}
        </h2>
        <ActionButton testId="help-close" label={t.value.close} icon="close" bare onPress={close} />
      </div>
      <dl class="keys">
        {[...shortcuts, ['escape', words.escapeKey] as const].map(([name, key]) => (
          <div key={name}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{words.keys[name]}</dd>
          </div>
        ))}
      </dl>
      <p class="muted">{words.hint}</p>
    </dialog>
  );
}
