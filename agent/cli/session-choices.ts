/** The choices that a recording takes along, as options of the commands. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type SubtitleModel, subtitleModels } from '../../shared/domain.ts';
import type { Cli } from './cli.ts';

export interface SessionChoices {
  readonly upload?: boolean;
  readonly subtitleModel?: SubtitleModel;
  readonly priority?: number;
}

/** Adds `--subtitle-model` and `--priority`, and `--upload` with `--no-upload`. */
export function addChoices(command: Command, cli: Cli, { upload = true } = {}): Command {
  const { choices } = cli.words;
  if (upload) command.option('--upload', choices.upload).option('--no-upload', choices.noUpload);
  return command
    .addOption(new Option('--subtitle-model <model>', choices.subtitleModel).choices(subtitleModels))
    .addOption(new Option('--priority <number>', choices.priority).argParser(wholeNumber(1, 10)));
}

/** The choices that were made, as the API has them. */
export function sessionChoices({ upload, subtitleModel, priority }: SessionChoices): {
  autoUpload?: boolean;
  subtitleModel?: SubtitleModel;
  priority?: number;
} {
  return {
    ...(upload === undefined ? {} : { autoUpload: upload }),
    ...(subtitleModel === undefined ? {} : { subtitleModel }),
    ...(priority === undefined ? {} : { priority }),
  };
}

/** For an option's number. @throws InvalidArgumentError, which names what is allowed */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Allowed choices are ${least}–${most}.`);
  };
}
