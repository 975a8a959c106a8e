/**
 * Upload while recording, attacked at random: what OBS, its file, the agent, the line and the store do is decided by a number.
 * Whatever happens, the object is the final file or the upload says why not; no multipart stays open; nothing hangs.
 *
 * `STREAMAI_FOLLOW_SEEDS=1-500 npm test -- follow-property` runs more of them, `STREAMAI_FOLLOW_SEEDS=137` one again.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describePeer } from '../rig/describe-peer.ts';
import { type Rgw, startRgw } from '../rig/rgw.ts';
import { eachAlone } from './follow-property/each-alone.ts';
import { type Plan, planOf } from './follow-property/plan.ts';
import { runPlans, seedsOf, summary } from './follow-property/run.ts';

const seeds = seedsOf(process.env.STREAMAI_FOLLOW_SEEDS ?? '1-60');

/** What chance would seldom come upon, and was wrong once. */
const found: readonly (readonly [string, Omit<Plan, 'seed'>])[] = [
  [
    'a file is cut to less than the store has of it, which nobody had written down',
    {
      ...{ obs: '32.2', format: 'hybrid_mp4', kbps: 300, recordEvents: 'in-order', finaliseDelayMs: 0 },
      steps: [
        { at: 0, deed: { do: 'kill the agent at', step: 'stored', when: 'before', nth: 2, ms: 4000 } },
        { at: 3000, deed: { do: 'fill the disk' } },
        { at: 3001, deed: { do: 'truncate', to: 2 * 5120 } },
      ],
    },
  ],
];

await describePeer(['ceph'], 'upload while recording, at random', () => {
  let rgw: Rgw;
  beforeAll(async () => {
    rgw = await startRgw({ bytes: 2 * 1024 ** 3, leastPartBytes: 5 * 1024 });
  });
  afterAll(() => rgw?.stop());

  test.each(found)('%s: the object is the file all the same', async (_, plan) => {
    const [result] = await runPlans(rgw, [{ seed: 0, ...plan }]);
    expect(result).toMatchObject({ wrong: [], ends: ['completed'], kills: 1 });
  });

  test('each fault that costs nothing, alone: nothing is sent twice, and no attempt is lost without a reason', async () => {
    const results = await runPlans(
      rgw,
      eachAlone.map(({ plan }) => plan),
    );
    const seen = results.map((result, index) => ({ what: eachAlone[index]?.expected.what, ...result }));
    expect(seen).toMatchObject(eachAlone.map(({ expected }) => expected));
  }, 240_000);

  test(
    `seeds ${seeds.at(0)} to ${seeds.at(-1)}: the object is the final file, or the upload says why not`,
    async () => {
      const results = await runPlans(rgw, seeds.map(planOf));
      console.log(summary(results));
      const wrong = results.filter((result) => result.wrong.length > 0);
      expect(wrong.map(({ plan }) => plan.seed)).toEqual([]);
    },
    240_000 + 8000 * seeds.length,
  );
});
