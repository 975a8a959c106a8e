// `npm run demo`: the main job with OBS, receiver and agent of its own, proven and cleaned up. Exit code 0 only when all of
// it held.
import { constants } from 'node:os';
import { terminalLanguage } from '../agent/terminal.ts';
import { type DemoResult, doMainJob } from './demo/main-job.ts';
import { Narrator } from './demo/narrator.ts';
import { type DemoOptions, parseOptions, UsageError, usage } from './demo/options.ts';
import { startWorld } from './demo/world.ts';

const narrator = new Narrator(process.stdout, terminalLanguage());
const { words } = narrator;

/** Aborts at the first signal that ends programs. Listeners stay: a second Ctrl-C must not cut the cleaning up short. */
function signalled(): AbortSignal {
  const controller = new AbortController();
  const abort = (exitCode: number): void => {
    if (!controller.signal.aborted) process.exitCode = exitCode;
    controller.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => abort(128 + constants.signals[signal]));
  }
  // Nobody reads any more (`| head`).
  process.stdout.on('error', () => abort(1));
  return controller.signal;
}

async function demo(options: DemoOptions, signal: AbortSignal): Promise<DemoResult> {
  await using cleanup = new AsyncDisposableStack();
  narrator.say(words.title(options.seconds));
  try {
    const world = await startWorld(options, narrator, cleanup, signal);
    const result = await doMainJob(world, options.seconds, narrator, signal);
    const seconds = new Intl.NumberFormat(narrator.language, { maximumFractionDigits: 2 });
    narrator.done(words.summary(seconds.format(result.stopToUploadedMs / 1000)));
    return result;
  } catch (error) {
    // Said before cleaning up, which can take seconds. What an interruption broke is no news.
    if (signal.aborted) narrator.say(words.interrupted);
    else sayFailure(error);
    throw new Told('', { cause: error });
  }
}

/** The user knows already. */
class Told extends Error {}

function sayFailure(error: unknown): void {
  if (error instanceof Told) return;
  // Cleaning up failed after something else had.
  if (error instanceof SuppressedError) sayFailure(error.error);
  else process.stderr.write(`✗ ${words.failed(error instanceof Error ? error.message : String(error))}\n`);
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2), narrator.language);
  if (options === null) return void process.stdout.write(`${usage(narrator.language)}\n`);
  try {
    const result = await demo(options, signalled());
    // Cleaning up has ended by now: this is the last line.
    if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  } catch (error) {
    sayFailure(error);
    process.exitCode ||= 1;
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
