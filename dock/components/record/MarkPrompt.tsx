import { formatClock } from '../../../shared/format.ts';
import type { AgentClient } from '../../agent/client.ts';
import { milestone } from '../../announce.ts';
import { attempt } from '../../dock.ts';
import { t } from '../../i18n/language.ts';
import { type MarkDraft, markDraft } from '../../view.ts';
import { MarkForm } from './MarkForm.tsx';

/** A chapter named this long after its press is moved back to it (ms). */
const promptlyMs = 1500;

/** OBS takes a chapter only where the recording is now; the list has it where it was asked for. */
async function addChapter(client: AgentClient, { atMs, askedAt }: MarkDraft, name: string): Promise<void> {
  const late = performance.now() - askedAt > promptlyMs;
  const session = await client.chapter(name);
  if (!late || session === null) return;
  const newest = session.marks
    .filter(({ kind, text }) => kind === 'chapter' && text === name)
    .sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))[0];
  if (newest !== undefined) await client.changeMark(session.id, newest.id, { atMs });
}

/** A chapter or note of the recording that runs, asked for in place. */
export function MarkPrompt({ draft }: { readonly draft: MarkDraft }) {
  const { kind, sessionId, atMs } = draft;
  const label = t.value.marks.of[kind](formatClock(atMs));
  return (
    <MarkForm
      key={draft.askedAt}
      kind={kind}
      label={label}
      text=""
      atMs={atMs}
      onSave={async ({ text }) => {
        const problem = await attempt((client) =>
          kind === 'chapter' ? addChapter(client, draft, text) : client.addMark(sessionId, { kind, text, atMs }),
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
