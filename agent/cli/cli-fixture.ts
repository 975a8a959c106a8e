/** For tests: the commands without a terminal, an agent or a machine. */
import type { Language } from '../../shared/errors.ts';
import { Cli } from './cli.ts';
import { TerminalOutput } from './terminal-output.ts';

/** What was written is in `out` and `err`; neither is a terminal. */
export function testCli(language: Language = 'en') {
  const said = { out: '', err: '' };
  const stream = (name: 'out' | 'err') => ({
    write: (text: string): void => {
      said[name] += text;
    },
  });
  const installation = {
    startCommand: 'streamai start',
    run: (command: string) => ['/opt/streamai/streamai', command] as const,
    prepare: async () => {},
  };
  const cli = new Cli(installation, new TerminalOutput(stream('out'), stream('err'), {}), language);
  return { cli, said };
}
