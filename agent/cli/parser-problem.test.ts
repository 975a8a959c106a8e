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
    ['en', 'upload', '“session” is missing. “streamai --help” shows what there is.'],
    [
      'fr',
      'upload x --to',
      'L’option « --to <destination> » attend une valeur. « streamai --help » montre ce qu’il y a.',
    ],
    [
      'en',
      'record start --priority 11',
      '“11” is not possible here; possible: 1–10. “streamai --help” shows what there is.',
    ],
    [
      'fr',
      'next --priority 1.5',
      '« 1.5 » n’est pas possible ici ; possible : 1–10. « streamai --help » montre ce qu’il y a.',
    ],
    [
      'en',
      'completion pash',
      '“pash” is not possible here; possible: bash, zsh, fish, powershell. “streamai --help” shows what there is.',
    ],
    ['en', 'record strat', 'There is no command “strat”. Did you mean start?'],
    ['en', 'autostart of', 'There is no command “of”. Did you mean off, on?'],
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

test('a group without a command shows what it has', async () => {
  const { cli, said } = testCli('fr');
  const error = await buildProgram(cli)
    .parseAsync(['record'], { from: 'user' })
    .catch((each: unknown) => each);
  expect(error).toMatchObject({ code: 'commander.help' });
  expect(said.err).toContain('Commandes :');
});

test('what has a body elsewhere is there once it has one', async () => {
  const { cli } = testCli();
  const names = (bodies: Parameters<typeof buildProgram>[1]): string[] =>
    buildProgram(cli, bodies).commands.map((command) => command.name());
  expect(names({})).not.toContain('setup');
  const asked: unknown[] = [];
  const bodies = {
    setup: async (_: unknown, options: object) => void asked.push(options),
    doctor: async (_: unknown, options: object) => void asked.push(options),
  };
  expect(names(bodies)).toEqual(expect.arrayContaining(['setup', 'doctor']));
  await buildProgram(cli, bodies).parseAsync(
    ['setup', '--dry-run', '--undo', '--json', '--no-wait', '--obs', 'a', '--obs', 'b'],
    { from: 'user' },
  );
  await buildProgram(cli, bodies).parseAsync(['doctor', '--fix', '--report', 'x.txt'], { from: 'user' });
  expect(asked).toEqual([
    { dryRun: true, undo: true, json: true, wait: false, obs: ['a', 'b'] },
    { fix: true, report: 'x.txt' },
  ]);
});
