/** The commands as the shells' completions need them, from the parser's own tree. */
import type { Argument, Command, Option } from 'commander';

/** Something that can be typed at one place. */
export interface Word {
  readonly text: string;
  readonly summary: string;
}

/** One place in a command line: after the program, or after one of its commands. */
export interface Place {
  /** The commands before it, such as `record start`; empty: none. */
  readonly path: string;
  /** What can be typed here: commands, the argument's values, options. */
  readonly words: readonly Word[];
  /** Options that want a value: by their names, the values that there are; empty: any. */
  readonly values: readonly { readonly names: readonly string[]; readonly words: readonly Word[] }[];
  /** The commands that lead on from here. */
  readonly commands: readonly string[];
}

/** Every place, the program's own first. */
export function completionPlaces(command: Command, path = ''): Place[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  const options = help.visibleOptions(command);
  const place: Place = {
    path,
    words: [
      ...commands.map((each) => ({ text: each.name(), summary: each.description() })),
      ...command.registeredArguments.flatMap(choicesOf),
      ...options.flatMap((option) => namesOf(option).map((text) => ({ text, summary: option.description }))),
    ],
    values: options
      .filter((option) => option.required || option.optional)
      .map((option) => ({ names: namesOf(option), words: choicesOf(option) })),
    commands: commands.map((each) => each.name()),
  };
  const below = commands
    .filter((each) => command.commands.includes(each))
    .flatMap((each) => completionPlaces(each, path === '' ? each.name() : `${path} ${each.name()}`));
  return [place, ...below];
}

const namesOf = ({ long, short }: Option): string[] => [long, short].filter((name) => name !== undefined);
const choicesOf = ({ argChoices, description }: Option | Argument): Word[] =>
  (argChoices ?? []).map((text) => ({ text, summary: description }));
