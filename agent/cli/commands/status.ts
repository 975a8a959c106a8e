import type { Command } from 'commander';
import { type Status, statusSchema } from '../../../shared/api.ts';
import { type Language, translateError } from '../../../shared/errors.ts';
import { plainText } from '../../plain-text.ts';
import type { Cli } from '../cli.ts';
import { act, addCommand } from '../command.ts';
import type { TerminalOutput } from '../terminal-output.ts';
import type { Words } from '../words.ts';
import { recordingLine } from './record.ts';

/** `status`: what a person looks at the dock for. */
export function addStatus(parent: Command, cli: Cli): void {
  addCommand(parent, cli, 'status', cli.words.status.summary).action(
    act(cli, () =>
      cli.withAgent(async (agent) => {
        const status = await agent.ask('GET', '/api/integrated/status', statusSchema);
        const { url } = agent;
        cli.answer({ url, ...status }, () => statusLines(url, status, cli).join('\n'));
      }),
    ),
  );
}

type Speaker = { readonly words: Words; readonly language: Language; readonly output: TerminalOutput };

/** One line each: the program, OBS, the recording, where uploads go, what they do; ✗ marks what needs somebody. */
export function statusLines(url: string, status: Status, { words, language, output }: Speaker): string[] {
  const own = words.status;
  const good = (line: string): string => `${output.good('✓')} ${plainText(line)}`;
  const bad = (problem: NonNullable<Status['obs']['problem']>): string => {
    const { message, fix } = translateError(problem, language);
    return `${output.bad('✗')} ${plainText([message, fix].filter(Boolean).join(' '))}`;
  };
  const plain = (line: string): string => `  ${plainText(line)}`;
  const { obs, recording, destinations, uploads } = status;
  const lines = [good(own.runs(status.version, url))];
  if (obs.state === 'connected') lines.push(good(own.obs(obs.version ?? '', obs.address)));
  else if (obs.problem === null) lines.push(plain(own.obsConnecting(obs.address)));
  if (obs.problem !== null) lines.push(bad(obs.problem));

  lines.push(plain(recordingLine(recording, { words, language })));

  for (const destination of destinations.filter(({ configured }) => configured)) {
    const named = destination.embedded ? own.embedded : own.destinations[destination.id](destination.address ?? '');
    lines.push(destination.problem === null ? good(named) : plain(named));
    if (destination.problem !== null) lines.push(bad(destination.problem));
  }
  const states = ['uploading', 'queued', 'waiting', 'paused', 'failed'] as const;
  const open = states.filter((state) => uploads[state] > 0).map((state) => own.uploads[state](uploads[state]));
  lines.push(plain(open.length === 0 ? own.noUploads : own.uploadsAre(open.join(', '))));
  return lines;
}
