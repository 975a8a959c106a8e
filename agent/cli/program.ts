/** The commands as the parser knows them: what `--help` and the shells' completions are made from. */
import { Command } from 'commander';
import { version } from '../version.ts';
import { type Bodies, bodies } from './bodies.ts';
import type { Cli } from './cli.ts';
import { addAutostart } from './commands/autostart.ts';
import { addCompletion } from './commands/completion.ts';
import { addDoctor } from './commands/doctor.ts';
import { addLogs } from './commands/logs.ts';
import { addNext } from './commands/next.ts';
import { addOpen } from './commands/open.ts';
import { addRecord } from './commands/record.ts';
import { addSessions } from './commands/sessions.ts';
import { addSetup } from './commands/setup.ts';
import { addStart } from './commands/start.ts';
import { addStatus } from './commands/status.ts';
import { addStop } from './commands/stop.ts';
import { addToken } from './commands/token.ts';
import { addUpload } from './commands/upload.ts';

export const programName = 'streamai';

/** Everything that can be typed. Its errors are thrown as CommanderError, and nothing of them is printed. */
export function buildProgram(cli: Cli, { setup, doctor }: Bodies = bodies): Command {
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
  // In the order in which help shows them.
  for (const add of [addStart, addStop, addStatus, addOpen]) add(program, cli);
  if (setup) addSetup(program, cli, setup);
  if (doctor) addDoctor(program, cli, doctor);
  for (const add of [addRecord, addNext, addSessions, addUpload]) add(program, cli);
  for (const add of [addAutostart, addToken, addLogs, addCompletion]) add(program, cli);
  return program;
}

/** Without a command, it is `start`: also `streamai --json`. */
export function withDefaultCommand(args: readonly string[]): string[] {
  const [first] = args;
  const isOwn = first !== undefined && (!first.startsWith('-') || /^(-h|--help|-V|--version)$/.test(first));
  return isOwn ? [...args] : ['start', ...args];
}
