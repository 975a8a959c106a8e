import { type Command, Option } from 'commander';
import { sessionAnswerSchema, uploadsAnswerSchema } from '../../../shared/api.ts';
import { type Destination, destinations, type Upload } from '../../../shared/domain.ts';
import { formatBytes, formatPercent, formatSpeed } from '../../../shared/format.ts';
import { plainText } from '../../plain-text.ts';
import type { Cli } from '../cli.ts';
import { AgentAnswer, type AgentClient } from '../client.ts';
import { act, addCommand, type CommonOptions } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { addChoices, type SessionChoices, sessionChoices } from '../session-choices.ts';
import { bar } from '../terminal-output.ts';
import { UploadWatch } from '../upload-watch.ts';

interface UploadOptions extends CommonOptions, Omit<SessionChoices, 'upload'> {
  readonly to?: Destination;
  readonly wait: boolean;
}

/** `upload SESSION`: sends a session's files, and stays until they have arrived or cannot. */
export function addUpload(parent: Command, cli: Cli): void {
  const own = cli.words.upload;
  addChoices(addCommand(parent, cli, 'upload', own.summary), cli, { upload: false })
    .argument('<session>', own.session)
    .addOption(new Option('--to <destination>', own.to).choices(destinations))
    .option('--no-wait', own.noWait)
    .action(
      act(cli, (session: string, options: UploadOptions) =>
        cli.withAgent(async (agent) => {
          const watch = new UploadWatch(agent);
          const named = await nameOf(agent, session);
          const body = { ...named, ...sessionChoices(options), ...(options.to && { destination: options.to }) };
          const asked = await agent.ask('POST', '/api/integrated/upload/manual', uploadsAnswerSchema, body);
          const uploads = options.wait ? await settled(cli, watch, asked.uploads) : asked.uploads;
          cli.answer({ uploads }, () => uploads.map((upload) => uploadLine(upload, cli)).join('\n'));
          if (uploads.some(({ state }) => state === 'failed' || state === 'cancelled')) cli.exitCode = exitCodes.failed;
        }),
      ),
    );
}

/** A session by its id, or else by its name. */
async function nameOf(agent: AgentClient, session: string): Promise<{ sessionId: string } | { sessionName: string }> {
  try {
    await agent.ask('GET', `/api/integrated/recordings/${encodeURIComponent(session)}`, sessionAnswerSchema);
    return { sessionId: session };
  } catch (error) {
    if (error instanceof AgentAnswer && error.info.code !== 'unauthorized') return { sessionName: session };
    throw error;
  }
}

async function settled(cli: Cli, watch: UploadWatch, asked: readonly Upload[]): Promise<Upload[]> {
  const draw = (uploads: readonly Upload[]): void => {
    if (!cli.json) cli.output.draw(progressLine(uploads, cli));
  };
  const uploads = await watch.settled(asked, draw);
  cli.output.endDrawing();
  if (uploads === null) throw cli.notRunning();
  return uploads;
}

/** All of them as one bar: how far, how fast, and why it does not go on. */
export function progressLine(uploads: readonly Upload[], { language, words }: Pick<Cli, 'language' | 'words'>): string {
  const sum = (of: (upload: Upload) => number): number => uploads.reduce((total, upload) => total + of(upload), 0);
  const [sent, total] = [sum(({ bytesSent }) => bytesSent), sum(({ bytesTotal }) => bytesTotal)];
  const speed = sum(({ bytesPerSecond }) => bytesPerSecond ?? 0);
  const share = total === 0 ? 0 : sent / total;
  const stopped = uploads.find(({ state }) => state !== 'uploading' && state !== 'completed');
  const why =
    (stopped && (stopped.error ?? stopped.notice)?.message) ?? (speed > 0 ? formatSpeed(speed, language) : '');
  const said = why === '' && stopped ? words.upload.states[stopped.state] : why;
  return plainText(`${bar(share)} ${formatPercent(share, language).padStart(5)}  ${said}`);
}

/** What became of one upload. */
export function uploadLine(
  upload: Upload,
  { language, words, output }: Pick<Cli, 'language' | 'words' | 'output'>,
): string {
  const own = words.upload;
  const { state, error, destination, bytesTotal } = upload;
  const what = own.line(own.states[state], words.destinations[destination], formatBytes(bytesTotal, language));
  if (state === 'completed') return `${output.good('✓')} ${what}`;
  if (state !== 'failed' && state !== 'cancelled') return `  ${what}`;
  const why = error === null ? '' : ` – ${[error.message, error.fix].filter(Boolean).join(' ')}`;
  return `${output.bad('✗')} ${what}${plainText(why)}`;
}
