/**
 * How long a regular expression can take, as recheck proves it: by automata, or by attacking it
 * (https://makenowjust-labs.github.io/recheck/). It is fetched when it is needed first, pinned by a lock file of its own and without
 * its binaries: users of StreamAI need none of it.
 */
import { cp, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import * as z from 'zod';
import { cached } from '../rig/cache.ts';
import { run } from '../rig/processes.ts';

const pins = path.join(import.meta.dirname, 'recheck');
const pinned = ['package.json', 'package-lock.json'] as const;
const pinnedSchema = z.object({ dependencies: z.object({ recheck: z.string() }) });
/** For one expression, ms; the longest takes a tenth. */
const timeoutMs = 120_000;

const answerSchema = z.object({
  status: z.enum(['safe', 'vulnerable', 'unknown']),
  complexity: z.object({ summary: z.string() }).optional(),
  attack: z.object({ pattern: z.string() }).optional(),
});
export interface Verdict {
  /** Whether it takes no longer than its text is. */
  readonly linear: boolean;
  /** Such as `2nd degree polynomial: 'x'⁵⁰⁰⁰`. */
  readonly why: string;
}
const verdictsSchema = z.record(z.string(), z.object({ linear: z.boolean(), why: z.string() }));

type Check = (source: string, flags: string, options: { readonly timeout: number }) => unknown;

/** Judges expressions; what was judged once is remembered beside it. */
export async function withRecheck<T>(work: (judge: (source: string, flags: string) => Verdict) => T): Promise<T> {
  const text = await readFile(path.join(pins, 'package.json'), 'utf8');
  const { recheck: version } = pinnedSchema.parse(JSON.parse(text)).dependencies;
  const folder = await cached(`recheck-${version}`, async (building) => {
    for (const name of pinned) await cp(path.join(pins, name), path.join(building, name));
    await run('npm', ['ci', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: building });
  });
  // Its other ways are programs of their own, which we did not get.
  process.env.RECHECK_BACKEND = 'pure';
  const { checkSync } = createRequire(path.join(folder, 'package.json'))('recheck') as { checkSync: Check };
  const file = path.join(folder, 'verdicts.json');
  const known = verdictsSchema.parse(JSON.parse(await readFile(file, 'utf8').catch(() => '{}')));
  const judge = (source: string, flags: string): Verdict => {
    const name = `/${source}/${flags}`;
    known[name] ??= verdictOf(checkSync(source, flags, { timeout: timeoutMs }));
    return known[name];
  };
  try {
    return work(judge);
  } finally {
    await writeFile(`${file}.${process.pid}`, JSON.stringify(known, null, 1));
    await rename(`${file}.${process.pid}`, file);
  }
}

function verdictOf(answer: unknown): Verdict {
  const { status, complexity, attack } = answerSchema.parse(answer);
  const why = [complexity?.summary, attack?.pattern].filter(Boolean).join(': ');
  return { linear: status === 'safe', why: status === 'unknown' ? 'recheck cannot tell: write it more simply' : why };
}
