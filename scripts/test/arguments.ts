/** What `npm test` was asked for. */
export interface TestArguments {
  /** How many rounds of the unit tests under load; null: everything, once. */
  readonly repeat: number | null;
  /** Filters and options as Vitest's command line takes them, in their order. */
  readonly vitest: readonly string[];
}

/** The command line is not one that `npm test` knows; the message is a sentence for the user. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const mostRounds = 9999;

/**
 * Takes `--repeat N` (or `--repeat=N`) out of the command line. Everything else is Vitest's, also what we do not know.
 * @throws UsageError
 */
export function parseArguments(args: readonly string[]): TestArguments {
  const vitest: string[] = [];
  let repeat: number | null = null;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '--repeat') repeat = rounds(args[++at] ?? '');
    else if (arg.startsWith('--repeat=')) repeat = rounds(arg.slice('--repeat='.length));
    else vitest.push(arg);
  }
  return { repeat, vitest };
}

function rounds(text: string): number {
  if (!/^\d{1,4}$/.test(text) || Number(text) < 1) {
    throw new UsageError(`--repeat must be a whole number from 1 to ${mostRounds}, not “${text}”.`);
  }
  return Number(text);
}
