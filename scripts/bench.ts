// `npm run bench -- memory | upload | limit [--json]`: measures, and prints the goals beside the figures. A missed goal is no failure.
import { parseArgs } from 'node:util';
import { type Figure, figuresJson, formatFigures } from './bench/figure.ts';
import { measureLimit } from './bench/limit.ts';
import { measureMemory } from './bench/memory.ts';
import { measureUpload } from './bench/upload.ts';

/** stderr, so that stdout holds the result alone. */
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const benches: Readonly<Record<string, () => Promise<Figure[]>>> = {
  memory: () => measureMemory({ fileBytes: 4 * 1024 ** 3, idleMs: 60_000, say }),
  upload: () => measureUpload({ fileBytes: 1024 ** 3, rounds: 3, say }),
  limit: () => measureLimit({ bitsPerSecond: 20e6, seconds: 30, say }),
};

const { values, positionals } = parseArgs({ options: { json: { type: 'boolean' } }, allowPositionals: true });
const [name = ''] = positionals;
const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
if (bench === undefined) {
  say(`Say what to measure: npm run bench -- ${Object.keys(benches).join(' | ')} [--json]`);
  process.exitCode = 2;
} else {
  const figures = await bench();
  process.stdout.write(`${values.json ? figuresJson(name, figures) : formatFigures(figures)}\n`);
}
