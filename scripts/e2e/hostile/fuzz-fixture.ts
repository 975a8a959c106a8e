/**
 * Gives a parser what strangers may send: broken on purpose, by chance that comes again with its seed. `STREAMAI_FUZZ_INPUTS` says how
 * many inputs each parser gets; input n of a run is the first of a run with `STREAMAI_FUZZ_SEED` = n.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';
import { expect, type TestContext } from 'vitest';
import { Random } from '../follow-property/random.ts';
import { printFigure } from './hostile-table-fixture.ts';

const inputs = Number(process.env.STREAMAI_FUZZ_INPUTS ?? 2000);
const firstSeed = Number(process.env.STREAMAI_FUZZ_SEED ?? 1);

/** What reading one input may cost: processor time of the thread that everything else waits for, ms; and memory, bytes. */
const most = { ms: 50, bytes: 32 * 1024 * 1024 } as const;
/** A run ends after so many faults. */
const enoughFaults = 5;

/** For the test's own limit of time, ms. */
export const fuzzTimeoutMs = 60_000 + inputs * 10;

export interface FuzzedParser<Input> {
  readonly name: string;
  readonly make: (random: Random) => Input;
  /** Reads it, and throws what is wrong: whatever the parser may not throw, or gives that nobody may get. */
  readonly read: (input: Input) => unknown;
  /** An input as it can be put into a test. */
  readonly show: (input: Input) => string;
}

/** Reads every input, and wants none of them to break a bound. Its figures are printed at the end of `npm test`. */
export async function fuzz<Input>(
  context: Pick<TestContext, 'task'>,
  { name, make, read, show }: FuzzedParser<Input>,
): Promise<void> {
  // What is compiled and loaded at the first use is no input's cost.
  for (let seed = 0; seed > -20; seed -= 1) await costOf(() => read(make(new Random(seed))));
  const faults: string[] = [];
  const worst = { ms: 0, bytes: 0 };
  for (let seed = firstSeed; seed < firstSeed + inputs && faults.length < enoughFaults; seed += 1) {
    const input = make(new Random(seed));
    const { ms, bytes, failure } = await fairCostOf(() => read(input));
    worst.ms = Math.max(worst.ms, ms);
    worst.bytes = Math.max(worst.bytes, bytes);
    const fault = failure ?? tooMuch(ms, bytes);
    if (fault !== null) faults.push(`seed ${seed}: ${fault}\n${show(input).slice(0, 2000)}`);
    // Whoever runs the tests wants to hear from time to time that they go on.
    if (seed % 100 === 0) await turn();
  }
  const figures = [
    `${inputs.toLocaleString('en')} inputs from seed ${firstSeed}`,
    `${faults.length} faults`,
    `slowest ${worst.ms.toFixed(1)} ms`,
    `most memory ${(worst.bytes / 1024 / 1024).toFixed(1)} MiB`,
  ];
  printFigure(context, `fuzzed ${name}: ${figures.join(', ')}`);
  expect(faults).toEqual([]);
  // A parser that takes names of fields from others could have changed every object.
  for (const prototype of [Object.prototype, Array.prototype]) expect(Object.keys(prototype)).toEqual([]);
}

const tooMuch = (ms: number, bytes: number): string | null =>
  ms > most.ms || bytes > most.bytes ? `${ms.toFixed(1)} ms, ${(bytes / 1024 / 1024).toFixed(1)} MiB` : null;

interface Cost {
  readonly ms: number;
  readonly bytes: number;
  readonly failure: string | null;
}

/** The same input costs the same each time; what is more in one of three runs is the garbage collector's or the machine's. */
async function fairCostOf(read: () => unknown): Promise<Cost> {
  let best = await costOf(read);
  for (let again = 0; again < 2 && tooMuch(best.ms, best.bytes) !== null; again += 1) {
    const other = await costOf(read);
    best = { ...best, ms: Math.min(best.ms, other.ms), bytes: Math.min(best.bytes, other.bytes) };
  }
  return best;
}

async function costOf(read: () => unknown): Promise<Cost> {
  const heapBefore = heapBytes();
  const before = process.threadCpuUsage();
  let failure: string | null = null;
  try {
    await read();
  } catch (error) {
    failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const { user, system } = process.threadCpuUsage(before);
  return { ms: (user + system) / 1000, bytes: Math.max(0, heapBytes() - heapBefore), failure };
}

function heapBytes(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}
