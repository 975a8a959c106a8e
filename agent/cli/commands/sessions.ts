import { type Command, Option } from 'commander';
import { sessionFilters, sessionsPageSchema } from '../../../shared/api.ts';
import type { Session, Upload } from '../../../shared/domain.ts';
import { formatBytes, formatClock } from '../../../shared/format.ts';
import { plainText } from '../../plain-text.ts';
import type { Cli } from '../cli.ts';
import { act, addCommand, type CommonOptions } from '../command.ts';
import { wholeNumber } from '../session-choices.ts';

interface SessionsOptions extends CommonOptions {
  readonly limit?: number;
  readonly search?: string;
  readonly filter?: string;
}

/** `sessions`: the history, newest first. */
export function addSessions(parent: Command, cli: Cli): void {
  const { words } = cli;
  const own = words.sessions;
  addCommand(parent, cli, 'sessions', own.summary)
    .addOption(new Option('--limit <number>', own.limit).argParser(wholeNumber(1, 200)))
    .option('--search <words>', own.search)
    .addOption(new Option('--filter <filter>', own.filter).choices(sessionFilters))
    .action(
      act(cli, ({ limit, search, filter }: SessionsOptions) =>
        cli.withAgent(async (agent) => {
          const query = new URLSearchParams({
            ...(limit === undefined ? {} : { limit: String(limit) }),
            ...(search === undefined ? {} : { q: search }),
            ...(filter === undefined ? {} : { filter }),
          });
          const page = await agent.ask('GET', `/api/integrated/recordings?${query}`, sessionsPageSchema);
          cli.answer(page, () => {
            return page.sessions.length === 0
              ? own.none
              : page.sessions.map((each) => sessionLine(each, cli)).join('\n');
          });
        }),
      ),
    );
}

/** When, how long, how large, what became of it, its name, and the id that other commands take. */
export function sessionLine(
  session: Session,
  { words, language, output }: Pick<Cli, 'words' | 'language' | 'output'>,
): string {
  const when = new Intl.DateTimeFormat(language, { dateStyle: 'short', timeStyle: 'short' });
  const bytes = session.recordings.reduce((sum, recording) => sum + recording.bytes, 0);
  const outcome = outcomeOf(session);
  const state = words.sessions.outcomes[outcome].padEnd(widest(words.sessions.outcomes));
  const painted = outcome === 'failed' ? output.bad(state) : outcome === 'uploaded' ? output.good(state) : state;
  return [
    when.format(new Date(session.startedAt)).padEnd(17),
    formatClock(session.durationMs),
    formatBytes(bytes, language).padStart(8),
    painted,
    plainText(session.name),
    output.dim(plainText(session.id)),
  ].join('  ');
}

const widest = (texts: Readonly<Record<string, string>>): number =>
  Math.max(...Object.values(texts).map(({ length }) => length));

export type Outcome = 'recording' | 'interrupted' | 'failed' | 'uploading' | 'uploaded' | 'local';
const open: readonly Upload['state'][] = ['queued', 'uploading', 'waiting', 'paused'];

/** What became of a session, in one word: what is under way comes first, then what needs somebody. */
export function outcomeOf({ state, recordings }: Session): Outcome {
  if (state === 'recording' || state === 'paused' || state === 'stopping' || state === 'finalising') return 'recording';
  const uploads = recordings.flatMap((recording) => recording.uploads);
  if (uploads.some((upload) => open.includes(upload.state))) return 'uploading';
  const arrived = recordings.map((recording) => recording.uploads.some((upload) => upload.state === 'completed'));
  if (uploads.some((upload) => upload.state === 'failed') && !arrived.every(Boolean)) return 'failed';
  if (arrived.length > 0 && arrived.every(Boolean)) return 'uploaded';
  return state === 'interrupted' ? 'interrupted' : 'local';
}
