/** How the commands are added: each answers in JSON if it is asked to. */
import { homedir } from 'node:os';
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { browserReadsWithinMs, removeOpenPages } from './open-page.ts';

export interface CommonOptions {
  readonly json?: true;
}

/** A command that does something, with the options that all have. @param name with its arguments, as the parser has them */
export function addCommand(parent: Command, cli: Cli, name: string, summary: string): Command {
  const { help, json } = cli.words.options;
  return parent.command(name).description(summary).helpOption('-h, --help', help).option('--json', json);
}

/** A command that only has others below it. */
export function addGroup(parent: Command, cli: Cli, name: string, summary: string): Command {
  return parent.command(name).description(summary).helpOption('-h, --help', cli.words.options.help).helpCommand(false);
}

/** The parser's way to call it: with the command's arguments, its options, and itself. */
export function act<A extends readonly unknown[]>(
  cli: Cli,
  work: (...args: A) => Promise<void>,
): (...args: [...A, Command]) => Promise<void> {
  return async (...args) => {
    const given = args.slice(0, -1) as unknown as A;
    removeReadPages(cli);
    cli.json = (given.at(-1) as CommonOptions | undefined)?.json === true;
    await work(...given);
  };
}

/** What `open` gave the browser holds the token, and cannot go while the browser still starts: the next command takes it away. */
function removeReadPages(cli: Cli): void {
  let dataDir: string;
  try {
    ({ dataDir } = cli.environment());
  } catch {
    // Said by the command, if it needs it.
    return;
  }
  removeOpenPages(dataDir, homedir(), browserReadsWithinMs);
}
