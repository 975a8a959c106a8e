/** The commands as the parser knows them: what `--help` and the shells' completions are made from. */
import { Command } from 'commander';
import { version } from '../version.ts';
import type { Cli } from './cli.ts';
import { addStart } from './commands/start.ts';
import { addStatus } from './commands/status.ts';
import { addStop } from './commands/stop.ts';
import { addToken } from './commands/token.ts';

export const programName = 'streamai';

/** Everything that can be typed. Its errors are thrown as CommanderError, and nothing of them is printed. */
export function buildProgram(cli: Cli): Command {
  const { words, output } = cli;
  const program = new Command(programName)
    .description(words.program)
    .version(`StreamAI ${version}`, '-V, --version', words.options.version)
    .helpOption('-h, --help', words.options.help)
    .helpCommand(`help [${words.commandWord}]`, words.options.help)
    .usage(words.usage)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.say(text.trimEnd()),
      writeErr: (text) => output.note(text.trimEnd()),
      outputError: () => {},
    })
    .configureHelp({ styleTitle: (title) => words.helpTitles[title] ?? title })
    .addHelpText('after', `\n${words.exitCodes}`);
  for (const add of [addStart, addStop, addStatus, addToken]) add(program, cli);
  return program;
}

/** Without a command, it is `start`: also `streamai --json`. */
export function withDefaultCommand(args: readonly string[]): string[] {
  const [first] = args;
  const isOwn = first !== undefined && (!first.startsWith('-') || /^(-h|--help|-V|--version)$/.test(first));
  return isOwn ? [...args] : ['start', ...args];
}
