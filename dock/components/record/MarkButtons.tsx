import type { MarkKind } from '../../../shared/domain.ts';
import { activeSession } from '../../agent/store.ts';
import { recorder } from '../../dock.ts';
import { awayReason, t } from '../../i18n/language.ts';
import { elapsedMs } from '../../obs/record-state.ts';
import { markDraft } from '../../view.ts';
import { SideButton } from './SideButton.tsx';

/** The buttons for a chapter and a note. Its place is the recorded time at the press, not when its text is written. */
export function MarkButtons() {
  const words = t.value.marks;
  const session = activeSession.value;
  const reason = awayReason.value ?? (session === null ? t.value.record.waiting : undefined);
  const startMark = (kind: MarkKind): void => {
    if (session === null) return;
    const pressedAt = performance.now();
    const atMs = Math.round(elapsedMs(recorder.state.peek().clock, pressedAt));
    markDraft.value = { kind, sessionId: session.id, atMs, pressedAt };
  };
  return (
    <>
      <SideButton
        id="chapter"
        icon="chapter"
        name={words.add.chapter}
        label={words.kind.chapter}
        shortcut="C"
        reason={reason}
        onPress={() => startMark('chapter')}
      />
      <SideButton
        id="note"
        icon="note"
        name={words.add.note}
        label={words.kind.note}
        reason={reason}
        onPress={() => startMark('note')}
      />
    </>
  );
}
