/** StreamAI's command line, run from the checkout: `npm start` and `npm run token` are commands of it. */
import path from 'node:path';
import { startWords } from '../../agent/cli/start/words.ts';
import { streamai } from '../../agent/cli/streamai.ts';
import { terminalLanguage } from '../../agent/terminal.ts';
import { StreamAIError } from '../../shared/errors.ts';
import { ensureDockBuilt } from '../build/dock.ts';
import { root } from '../test/tools.ts';

/** Does what the arguments say, and sets the exit code. */
export async function streamaiHere(args: readonly string[]): Promise<void> {
  await streamai(args, {
    startCommand: 'npm start',
    // Through the launcher: after an update of the checkout it brings what is new first.
    run: (command) => [process.execPath, path.join(root, 'scripts/launch.mjs'), 'streamai', command],
    prepare: async (say) => {
      // In development Vite serves the dock from its sources.
      if (process.env.STREAMAI_DEV_ORIGIN) return;
      await ensureDockBuilt(() => say(startWords[terminalLanguage()].building)).catch((cause: unknown) => {
        throw new StreamAIError('dock_not_built', {}, { cause });
      });
    },
  });
}
