import type { Command } from 'commander';
import { chapterRequestSchema, type StartRecording, sessionAnswerSchema } from '../../../shared/api.ts';
import { type RecordingStatus, recordingStatusSchema, type Session } from '../../../shared/domain.ts';
import { formatBytes, formatClock } from '../../../shared/format.ts';
import { plainText } from '../../plain-text.ts';
import type { Cli } from '../cli.ts';
import { act, addCommand, addGroup, type CommonOptions } from '../command.ts';
import { addChoices, type SessionChoices, sessionChoices } from '../session-choices.ts';

const route = '/api/integrated/recording';

/** `record …`: what the dock's buttons do. Each answers once OBS has confirmed. */
export function addRecord(parent: Command, cli: Cli): void {
  const own = cli.words.record;
  const group = addGroup(parent, cli, 'record', own.summary);
  const tell = (session: Session, sentence: (name: string) => string): void =>
    cli.answer({ session }, () => sentence(plainText(session.name)));

  addChoices(addCommand(group, cli, 'start', own.start), cli)
    .argument('[name]', own.name)
    .action(
      act(cli, (name: string | undefined, options: CommonOptions & SessionChoices) =>
        cli.withAgent(async (agent) => {
          const body: StartRecording = {
            ...(name === undefined ? {} : { sessionName: name }),
            ...sessionChoices(options),
          };
          const { session } = await agent.ask('POST', `${route}/start`, sessionAnswerSchema, body);
          tell(session, own.started);
        }),
      ),
    );
  for (const name of ['stop', 'pause', 'resume', 'split'] as const) {
    addCommand(group, cli, name, own[name]).action(
      act(cli, () =>
        cli.withAgent(async (agent) => {
          const { session } = await agent.ask('POST', `${route}/${name}`, sessionAnswerSchema);
          tell(session, own.done[name]);
        }),
      ),
    );
  }
  addCommand(group, cli, 'chapter', own.chapter)
    .argument('[name]', own.chapterName)
    .action(
      act(cli, (name: string | undefined) =>
        cli.withAgent(async (agent) => {
          const body = chapterRequestSchema.parse(name ? { name } : {});
          const { session } = await agent.ask('POST', `${route}/chapter`, sessionAnswerSchema, body);
          tell(session, own.done.chapter);
        }),
      ),
    );
  addCommand(group, cli, 'status', own.status).action(
    act(cli, () =>
      cli.withAgent(async (agent) => {
        const status = await agent.ask('GET', `${route}/status`, recordingStatusSchema);
        cli.answer(status, () => recordingLine(status, cli));
      }),
    ),
  );
}

/** What is being recorded, in one line. */
export function recordingLine(
  { active, paused, session, durationMs, bytes }: RecordingStatus,
  { words, language }: Pick<Cli, 'words' | 'language'>,
): string {
  const own = words.status;
  if (!active) return own.notRecording;
  const say = paused ? own.paused : own.recording;
  return plainText(say(session?.name ?? '', formatClock(durationMs), formatBytes(bytes, language)));
}
