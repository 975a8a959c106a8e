import { CommanderError } from 'commander';
import { describe, expect, test } from 'vitest';
import { testCli } from './cli-fixture.ts';
import { parserProblem } from './parser-problem.ts';
import { buildProgram, withDefaultCommand } from './program.ts';

/** What a person is told for a command line that is not understood. */
async function problem(language: 'en' | 'fr', args: string): Promise<string> {
  const { cli, said } = testCli(language);
  const error = await buildProgram(cli)
    .parseAsync(args.split(' '), { from: 'user' })
    .catch((error: unknown) => error);
  if (!(error instanceof CommanderError)) throw new Error(`${args} was understood`);
  expect(said).toEqual({ out: '', err: '' });
  return parserProblem(error, cli.words, 'streamai');
}

describe('what the parser does not understand is said in the person’s language', () => {
  test.each([
    ['en', 'sttus', 'There is no command “sttus”. Did you mean status?'],
    ['en', 'sta', 'There is no command “sta”. Did you mean start, stop?'],
    ['fr', 'tokn', 'Il n’y a pas de commande « tokn ». Vouliez-vous dire token ?'],
    ['en', 'qqqq', 'There is no command “qqqq”. “streamai --help” shows what there is.'],
    ['en', 'token --nw', 'There is no option “--nw” here. Did you mean --new?'],
    ['fr', 'stop --force', 'Il n’y a pas d’option « --force » ici. « streamai --help » montre ce qu’il y a.'],
    ['en', 'stop -x', 'There is no option “-x” here. “streamai --help” shows what there is.'],
    ['en', 'stop now please', 'That is too much: now, please. “streamai --help” shows what there is.'],
    ['en', 'stop a:b', 'That is too much: a:b. “streamai --help” shows what there is.'],
    ['en', "st'op", "There is no command “st'op”. Did you mean stop?"],
  ] as const)('%s: %s', async (language, args, sentence) => {
    expect(await problem(language, args)).toBe(sentence);
  });
});

test.each([
  [[], ['start']],
  [['--json'], ['start', '--json']],
  [['--background'], ['start', '--background']],
  [['status'], ['status']],
  [['--help'], ['--help']],
  [['-V'], ['-V']],
])('%j means %j', (args, meant) => expect(withDefaultCommand(args)).toEqual(meant));
