/** Carries out many plans over a few lanes at once. */
import type { Rgw } from '../../rig/rgw.ts';
import { Lane } from './lane.ts';
import { describePlan, type Plan } from './plan.ts';
import type { Outcome } from './verdict.ts';

export interface Result extends Outcome {
  readonly plan: Plan;
}

/** By the OBS that they play. Most of the time they wait. */
const lanes: readonly Plan['obs'][] = ['32.2', '32.2', '32.2', '29.0'];

/** @param text such as `1-60` or `137` or `3,7,9` */
export function seedsOf(text: string): number[] {
  return text.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

export async function runPlans(rgw: Rgw, plans: readonly Plan[]): Promise<Result[]> {
  const logLevel = plans.length > 10 ? 'info' : 'debug';
  const results: Result[] = [];
  const work = async (plays: Plan['obs'], queue: Plan[]): Promise<void> => {
    let lane: Lane | null = null;
    try {
      for (let plan = queue.shift(); plan !== undefined; plan = queue.shift()) {
        lane ??= await Lane.start(rgw, plays, logLevel);
        const result = { plan, ...(await run(lane, plan)) };
        results.push(result);
        if (result.wrong.length === 0) continue;
        console.error(`${describePlan(plan)}\n  → ${result.wrong.join('\n  → ')}`);
        // What went wrong must not reach the next one.
        await lane.dispose();
        lane = null;
      }
    } finally {
      await lane?.dispose();
    }
  };
  const queues = {
    '32.2': plans.filter(({ obs }) => obs === '32.2'),
    '29.0': plans.filter(({ obs }) => obs === '29.0'),
  };
  await Promise.all(lanes.map((plays) => work(plays, queues[plays])));
  return results.sort((a, b) => a.plan.seed - b.plan.seed);
}

async function run(lane: Lane, plan: Plan): Promise<Outcome> {
  try {
    const outcome = await lane.run(plan);
    if (outcome.wrong.length === 0) return outcome;
    return { ...outcome, wrong: [...outcome.wrong, await lane.detail()] };
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { ends: [], parts: 0, again: 0, kills: 0, ms: 0, wrong: [reason, await lane.detail()] };
  }
}

/** The figures of a run in one paragraph. */
export function summary(results: readonly Result[]): string {
  const sum = (of: (result: Result) => number): number => results.reduce((total, result) => total + of(result), 0);
  const ends = Map.groupBy(
    results.flatMap((result) => result.ends),
    (end) => end,
  );
  const deeds = Map.groupBy(
    results.flatMap(({ plan }) => plan.steps.map(({ deed }) => deed.do)),
    (deed) => deed,
  );
  const counted = (groups: Map<string, unknown[]>): string =>
    [...groups].map(([name, all]) => `${all.length} × ${name}`).join(', ');
  const times = results.map(({ ms }) => ms).sort((a, b) => a - b);
  return [
    `${results.length} seeds, ${sum(({ wrong }) => (wrong.length > 0 ? 1 : 0))} wrong; uploads: ${counted(ends)}`,
    `${sum(({ kills }) => kills)} kills of the agent; ${sum(({ parts }) => parts)} parts, ${sum(({ again }) => again)} of them sent again`,
    `each ${((times[times.length >> 1] ?? 0) / 1000).toFixed(1)} s (median), at most ${((times.at(-1) ?? 0) / 1000).toFixed(1)} s`,
    counted(deeds),
  ].join('\n');
}
