import { formatClock } from '../../../shared/format.ts';
import type { AgentClient } from '../../agent/client.ts';
import { milestone } from '../../announce.ts';
import { attempt } from '../../dock.ts';
import { t } from '../../i18n/language.ts';
import { type MarkDraft, markDraft } from '../../view.ts';
import { MarkForm } from './MarkForm.tsx';

/** A chapter that is saved later than this after its button was pressed is moved back to the press. */
const promptMs = 1500;

/** Adds a chapter. OBS writes one only at the present moment; the session's list has it where it was asked for. */
async function addChapterAtPress(client: AgentClient, { atMs, pressedAt }: MarkDraft, name: string): Promise<void> {
  const late = performance.now() - pressedAt > promptMs;
  const session = await client.addChapter(name);
  if (!late || session === null) return;
  const newest = session.marks
    .filter(({ kind, text }) => kind === 'chapter' && text === name)
    .sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))[0];
  if (newest !== undefined) await client.changeMark(session.id, newest.id, { atMs });
}

/** The form for a chapter or note of the current recording, in the record card. */
export function MarkPrompt({ draft }: { readonly draft: MarkDraft }) {
  const { kind, sessionId, atMs } = draft;
  const label = t.value.marks.atTime[kind](formatClock(atMs));
  return (
    <MarkForm
      key={draft.pressedAt}
      kind={kind}
      label={label}
      text=""
      atMs={atMs}
      onSave={async ({ text }) => {
        const problem = await attempt((client) =>
          kind === 'chapter' ? addChapterAtPress(client, draft, text) : client.addMark(sessionId, { kind, text, atMs }),
        );
        if (problem === null) milestone.value = label;
        return problem;
      }}
      onDone={() => {
        if (markDraft.peek() === draft) markDraft.value = null;
      }}
    />
  );
}
