/** One command line from its words to its exit code. */
import { CommanderError } from 'commander';
import { terminalLanguage } from '../terminal.ts';
import { Cli, type Installation } from './cli.ts';
import { exitCodes } from './exit-codes.ts';
import { parserProblem } from './parser-problem.ts';
import { buildProgram, programName, withDefaultCommand } from './program.ts';
import { TerminalOutput } from './terminal-output.ts';

/**
 * Does what the arguments say in this process and sets its exit code (exit-codes.ts). Never throws.
 * @param args without Node and the script
 */
export async function streamai(args: readonly string[], installation: Installation): Promise<void> {
  // What is said goes on being of no use when nobody reads it any more; the agent does not end for that.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const output = new TerminalOutput(process.stdout, process.stderr, process.env);
  const cli = new Cli(installation, output, terminalLanguage());
  try {
    await buildProgram(cli).parseAsync(withDefaultCommand(args), { from: 'user' });
  } catch (error) {
    output.endDrawing();
    if (error instanceof CommanderError) wrongUse(cli, error, args);
    else cli.fail(error);
  }
  // `start` may have set one already: the agent's own.
  if (cli.exitCode !== exitCodes.done) process.exitCode = cli.exitCode;
}

function wrongUse(cli: Cli, error: CommanderError, args: readonly string[]): void {
  // Help and version end the parser too.
  if (error.exitCode === 0) return;
  cli.exitCode = exitCodes.wrongUse;
  // The help of a group without a command has been shown.
  if (error.code === 'commander.help') return;
  const message = parserProblem(error, cli.words, programName);
  if (args.includes('--json')) cli.output.say(JSON.stringify({ error: { code: 'wrong_use', message } }));
  else cli.output.note(message);
}
