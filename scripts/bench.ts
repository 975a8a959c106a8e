// `npm run bench -- <name> [--json]`: measures, and prints the goals beside the figures. A missed goal is no failure.
import { constants } from 'node:os';
import { parseArgs } from 'node:util';
import { measureDock } from './bench/dock.ts';
import { type Figure, figuresJson, formatFigures } from './bench/figure.ts';
import { measureHistory } from './bench/history.ts';
import { measureLimit } from './bench/limit.ts';
import { measureMemory } from './bench/memory.ts';
import { PeersMissing } from './bench/peers-missing.ts';
import { measureStart } from './bench/start.ts';
import { measureStopToUploaded } from './bench/stop-to-uploaded.ts';
import { measureSubtitles } from './bench/subtitles.ts';
import { measureUpload } from './bench/upload.ts';

/** stderr, so that stdout holds the result alone. */
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const benches: Readonly<Record<string, () => Promise<Figure[]>>> = {
  memory: () => measureMemory({ fileBytes: 4 * 1024 ** 3, idleMs: 60_000, say }),
  start: () => measureStart({ runs: lengths().runs ?? 5, idleMs: 5000, say }),
  upload: () => measureUpload({ fileBytes: 1024 ** 3, rounds: 5, say }),
  dock: () => measureDock({ loads: 20, events: 100, idleMs: 30_000, sessions: 10_000, say }),
  history: () => measureHistory({ sessions: 10_000, rounds: 200, say }),
  limit: () => measureLimit({ bitsPerSecond: 20e6, seconds: 30, say }),
  subtitles: () => measureSubtitles({ say }),
  'stop-to-uploaded': () => measureStopToUploaded({ ...lengths(), signal: interrupted(), say }),
};

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean' }, seconds: { type: 'string', default: '10,60,300' }, runs: { type: 'string' } },
  allowPositionals: true,
});

/** Of stop-to-uploaded alone. */
function lengths(): { seconds: number[]; runs?: number } {
  const seconds = values.seconds.split(',').map(Number);
  const runs = values.runs === undefined ? undefined : Number(values.runs);
  return { seconds, ...(runs !== undefined && { runs }) };
}

/** Aborted by Ctrl-C; a second one must not cut the cleaning up short. */
function interrupted(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (!controller.signal.aborted) say('Interrupted; ending everything…');
      process.exitCode ??= 128 + constants.signals[name];
      controller.abort();
    });
  }
  return controller.signal;
}

function usage(): void {
  say(`Say what to measure: npm run bench -- ${Object.keys(benches).join(' | ')} [--json]`);
  say(
    '  stop-to-uploaded: --seconds 10,60,300 (of the recordings) --runs 5 (of each length; of those from 2 minutes on 1); start: --runs 5',
  );
  process.exitCode = 2;
}

const positive = (number: number): boolean => Number.isInteger(number) && number > 0;
const [name = ''] = positionals;
const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
const { seconds, runs = 1 } = lengths();
if (bench === undefined || ![...seconds, runs].every(positive)) usage();
else {
  try {
    const figures = await bench();
    process.stdout.write(`${values.json ? figuresJson(name, figures) : formatFigures(figures)}\n`);
  } catch (error) {
    // Interrupted: it has been said, and what was waiting for something would keep the process for minutes.
    if (process.exitCode !== undefined) process.exit();
    if (!(error instanceof PeersMissing)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}
