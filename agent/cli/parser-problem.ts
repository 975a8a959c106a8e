/** What the parser says about a command line that it does not understand, in the person's language. It says it in English only. */
import type { CommanderError } from 'commander';
import type { Words } from './words.ts';

/** @param program as it is typed, such as `streamai` */
export function parserProblem({ code, message }: CommanderError, { parser }: Words, program: string): string {
  const quoted = /'([\s\S]*)'/.exec(message)?.[1] ?? '';
  const meant = /\(Did you mean (?:one of )?(.+)\?\)/.exec(message)?.[1];
  const sentences: Readonly<Record<string, (quoted: string) => string>> = {
    'commander.unknownCommand': parser.unknownCommand,
    'commander.unknownOption': parser.unknownOption,
    'commander.missingArgument': parser.missingArgument,
    'commander.optionMissingArgument': parser.optionMissingArgument,
    'commander.invalidArgument': () => parser.invalidValue(...refused(message)),
    'commander.excessArguments': () => parser.excessArguments(/ but got \d+: ([\s\S]*)\.$/.exec(message)?.[1] ?? ''),
  };
  const sentence = sentences[code]?.(quoted) ?? parser.other;
  return `${sentence} ${meant === undefined ? parser.help(program) : parser.didYouMean(meant.split(', '))}`;
}

/** The value that is not possible, and those that are. */
function refused(message: string): [value: string, allowed: string] {
  const found =
    /(?:argument|value) '([\s\S]*)' is invalid(?: for argument '[^']*')?\. Allowed choices are ([\s\S]*)\.$/.exec(
      message,
    );
  return [found?.[1] ?? '', found?.[2] ?? ''];
}
