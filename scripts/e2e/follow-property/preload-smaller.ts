/**
 * Preloaded into the agent's process (`NODE_OPTIONS=--import …`): the agent as it is, but for the numbers below. Parts have KiB
 * instead of MiB and grow after a few instead of thousands, and it waits a tenth of the time: so a recording of a second goes
 * through what one of hours goes through.
 */
import { registerHooks } from 'node:module';

type Numbers = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** By file: what stands before a number there, and the number here. */
const numbers: Numbers = {
  'agent/uploads/destinations/object-storage/s3/part-plan.ts': {
    'const mebibyte = ': 1024,
    'const mostParts = ': 46,
    'const firstStepParts = ': 6,
    'const stepParts = ': 4,
  },
  'agent/uploads/destinations/object-storage/parts/growing-file.ts': {
    'const lookEveryMs = ': 20,
    // Some parts are kept in memory, others read again.
    'const mostKeptBytes = ': 8 * 1024,
  },
  'agent/uploads/destinations/object-storage/s3/patience.ts': {
    'const stallMs = ': 800,
    'const longestMs = ': 4000,
    'const hiddenBytes = ': 4 * 1024,
    'const leastTelling = ': 1024,
  },
  'agent/uploads/destinations/object-storage/parts/lane-count.ts': {
    'const windowMs = ': 100,
    'const holdMs = ': 1000,
  },
  'agent/uploads/destinations/object-storage/parts/send-parts.ts': { 'network: ': 300, 'store: ': 800 },
  'agent/uploads/destinations/object-storage/s3/client.ts': { 'const usualAnswerMs = ': 1500 },
  'agent/uploads/destinations/object-storage/s3/connection.ts': { 'const connectMs = ': 1000 },
  'agent/uploads/destinations/object-storage/s3/operations.ts': { 'assembleMs = (parts: number): number => ': 3000 },
  'agent/uploads/destinations/object-storage/s3/failure.ts': { 'const networkRetryMs = ': 300 },
  'agent/uploads/destinations/object-storage/janitor.ts': { 'const retryMs = ': 500 },
  'agent/uploads/destinations/object-storage/s3/jump-watch.ts': { 'const everyMs = ': 50 },
  'agent/uploads/run-attempt.ts': { 'const awayRetryMs = ': 300 },
  'agent/backoff.ts': { 'const firstDelayMs = ': 100, 'const longestDelayMs = ': 2000 },
  'agent/uploads/destinations/right-of-way.ts': { 'const sliceEveryMs = ': 100 },
  // On a disk of this machine; the line breaks keep those of a share out.
  'agent/files/finalise.ts': {
    '\n  closed: ': 40,
    '\n  unmarked: ': 200,
    '\n  unmarkedAfterStop: ': 60,
    '\n  openAfterStop: ': 3000,
    '\n  openAfterLoss: ': 500,
    '\n  missing: ': 500,
    'const lookEveryMs = ': 15,
  },
  'agent/files/recording-file.ts': { 'const freshMs = ': 200 },
  'agent/sessions/file-closer.ts': { 'const retryMs = ': 300 },
  'agent/sessions/observer.ts': { 'const lookEveryMs = ': 100 },
  // What OBS records in ten seconds it writes in one.
  'agent/files/play-time.ts': { '(ticks * nanoseconds) / ': 10_000_000, '(ticks / scale) * ': 100 },
  // Twenty looks.
  'agent/sessions/lost-watch.ts': { 'lookEveryMs: ': 100 },
  'agent/obs/commands.ts': { 'restMs: ': 20 },
  'agent/obs/connection-limits.ts': { 'firstMs: ': 50, 'mostMs: ': 500 },
};

const folder = new URL('../../../', import.meta.url).href;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const smaller = url.startsWith(folder) ? numbers[url.slice(folder.length)] : undefined;
    if (smaller === undefined || !loaded.source) return loaded;
    let source = Buffer.from(loaded.source as Uint8Array).toString('utf8');
    for (const [before, here] of Object.entries(smaller)) {
      const number = new RegExp(`(?<=${escaped(before)})[\\d_]+( \\* [\\d_]+)*`, 'g');
      if (source.match(number)?.length !== 1) throw new Error(`${url} has not exactly one “${before}” with a number`);
      source = source.replace(number, String(here));
    }
    return { ...loaded, source };
  },
});

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
