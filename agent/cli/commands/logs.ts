import { type Command, Option } from 'commander';
import { logFile } from '../../config/data-dir.ts';
import type { Cli } from '../cli.ts';
import { act, addCommand, type CommonOptions } from '../command.ts';
import { logLine } from '../log-line.ts';
import { followLines, lastLines } from '../log-lines.ts';
import { wholeNumber } from '../session-choices.ts';

interface LogsOptions extends CommonOptions {
  readonly follow?: true;
  readonly lines?: number;
}

/** How many lines are shown without `--lines`. */
const usual = 100;

/** `logs`: the end of the log, for people; `--json` gives its lines as they are. Also while the agent does not run. */
export function addLogs(parent: Command, cli: Cli): void {
  const own = cli.words.logs;
  addCommand(parent, cli, 'logs', own.summary)
    .option('-f, --follow', own.follow)
    .addOption(new Option('--lines <number>', own.lines).argParser(wholeNumber(1, 1_000_000)))
    .action(
      act(cli, async ({ follow, lines = usual }: LogsOptions) => {
        const file = logFile(cli.environment().dataDir);
        const tell = (line: string): void => cli.output.say(cli.json ? line : logLine(line, cli.output));
        const end = await lastLines(file, lines);
        if (end === null) cli.output.note(own.none(file));
        for (const line of end?.lines ?? []) tell(line);
        if (follow) await followLines(file, end?.place ?? null, tell);
      }),
    );
}
