/** What the parser says about a command line that it does not understand, in the person's language. It says it in English only. */
import type { CommanderError } from 'commander';
import { variableNames } from '../config/environment.ts';
import type { Words } from './words.ts';

/** @param program as it is typed, such as `streamai` */
export function parserProblem({ code, message }: CommanderError, { parser }: Words, program: string): string {
  const [said = '', suggestion = ''] = cut(message, '\n(Did you mean ');
  const quoted = said.slice(said.indexOf("'") + 1, said.lastIndexOf("'"));
  const sentences: Readonly<Record<string, (quoted: string) => string>> = {
    'commander.unknownCommand': parser.unknownCommand,
    'commander.unknownOption': parser.unknownOption,
    'commander.missingArgument': parser.missingArgument,
    'commander.optionMissingArgument': parser.optionMissingArgument,
    'commander.invalidArgument': () => parser.invalidValue(...refused(said)),
    // `… but got 2: now, please.`
    'commander.excessArguments': () => parser.excessArguments(cut(cut(said, ' but got ')[1], ': ')[1].slice(0, -1)),
  };
  const sentence = sentences[code]?.(quoted) ?? parser.other;
  const variable = code === 'commander.unknownOption' ? variableMeant(quoted) : undefined;
  if (suggestion === '')
    return `${sentence} ${variable === undefined ? parser.help(program) : parser.variable(variable)}`;
  // `one of start, stop?)`
  const meant = suggestion.replace(/^one of /, '').slice(0, -'?)'.length);
  return `${sentence} ${parser.didYouMean(meant.split(', '))}`;
}

/**
 * The value that is not possible, and those that are: `option '--x <y>' argument '11' is invalid. Allowed choices are 1–10.`, or
 * `command-argument value 'pash' is invalid for argument 'shell'. …`
 */
function refused(said: string): [value: string, allowed: string] {
  const [before, after] = cut(said, "' is invalid");
  return [
    cut(before, " argument '")[1] || cut(before, "command-argument value '")[1],
    cut(after, 'Allowed choices are ')[1].slice(0, -1),
  ];
}

/** What is set in the environment is no option: `--port=5003` means AGENT_PORT. */
function variableMeant(option: string): string | undefined {
  const name = cut(option.replace(/^-+/, ''), '=')[0].toUpperCase().replaceAll('-', '_');
  return variableNames.find((known) => known === name || (name.length > 2 && known.endsWith(`_${name}`)));
}

/** What stands before and after the first such text; all of it before, where there is none. */
function cut(text: string, at: string): [before: string, after: string] {
  const index = text.indexOf(at);
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + at.length)];
}
