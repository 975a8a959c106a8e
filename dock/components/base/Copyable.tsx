import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { milestone } from '../../announce.ts';
import { t } from '../../i18n/language.ts';
import { ActionButton } from './ActionButton.tsx';

interface Props {
  readonly label: string;
  readonly text: string;
  readonly multiline?: boolean;
  /** Copies the text without a press, as soon as it is shown. */
  readonly atOnce?: boolean;
}

/** A text with a button that copies it. It is shown too: inside OBS a page may have no access to the clipboard. */
export function Copyable({ label, text, multiline = false, atOnce = false }: Props) {
  const box = useRef<HTMLTextAreaElement & HTMLInputElement>(null);
  const copied = useSignal(false);
  const copy = async (): Promise<void> => {
    box.current?.select();
    copied.value = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => document.execCommand('copy'),
    );
    if (copied.value) milestone.value = t.peek().copied;
  };
  useEffect(() => {
    copied.value = false;
    if (atOnce) void copy();
  }, [text]);
  const Tag = multiline ? 'textarea' : 'input';
  return (
    <div class="row tight copyable">
      <Tag ref={box} readOnly {...(multiline ? { rows: 5 } : {})} aria-label={label} value={text} />
      <ActionButton testId="copy" label={copied.value ? t.value.copied : t.value.copy} onPress={copy} />
    </div>
  );
}
