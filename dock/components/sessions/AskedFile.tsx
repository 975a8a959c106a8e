import { useEffect, useRef } from 'preact/hooks';
import type { Session } from '../../../shared/domain.ts';
import type { AgentClient } from '../../agent/client.ts';
import { ask } from '../../dock.ts';
import { awayReason, t } from '../../i18n/language.ts';
import { ActionButton } from '../base/ActionButton.tsx';
import { baseName, isOver } from './session-view.ts';

interface Props {
  readonly session: Session;
  /** Its path. */
  readonly file: string;
  /** Whether it is one of the session's recordings, and not sent by itself; else it may be one. */
  readonly held: boolean;
}

/** What a person can answer where the agent is not sure of a file. */
export function AskedFile({ session, file, held }: Props) {
  const words = t.value.sessions;
  const { id } = session;
  const box = useRef<HTMLDivElement>(null);
  const wasAnswered = useRef(false);
  useEffect(() => {
    const card = box.current?.closest('article');
    return () => {
      // The question goes away with its buttons: focus stays on its card.
      if (wasAnswered.current && document.activeElement === document.body) card?.querySelector('button')?.focus();
    };
  }, []);
  const button = (
    testId: string,
    label: string,
    answer: (client: AgentClient) => Promise<void>,
    reason = awayReason.value,
  ) => (
    <ActionButton
      testId={testId}
      label={label}
      name={t.value.actionOn(label, baseName(file))}
      reason={reason}
      onPress={() => {
        wasAnswered.current = true;
        return ask(answer);
      }}
    />
  );
  return (
    <div ref={box} class="row" data-testid="asked-file">
      {held ? (
        <>
          {button('allow-folder', words.allowFolder, (client) => client.takeFile(id, file))}
          {button('allow-file', words.allowFile, (client) => client.takeFile(id, file, true))}
        </>
      ) : (
        button(
          'take-file',
          words.take,
          (client) => client.takeFile(id, file),
          awayReason.value ?? (isOver(session) ? undefined : words.onceOver),
        )
      )}
      {button('leave-file', words.leave, (client) => client.leaveFile(id, file))}
    </div>
  );
}
