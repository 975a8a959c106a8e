/**
 * The plug is pulled at every step of an upload to a real Ceph RGW: SIGKILL before and after each write of the journal, and
 * before, in the middle of and after each request; also while the agent recovers from an earlier one. After each the object
 * is there once, byte for byte, no multipart is left open, and nothing that the store has is sent again.
 */
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describePeer } from '../rig/describe-peer.ts';
import type { GateRules, S3Verb } from '../rig/gate.ts';
import { type Rgw, startRgw } from '../rig/rgw.ts';
import { type AgentFault, type JournalStep, journalSteps } from './agent-fault-fixture.ts';
import { mebibyte, randomContent, StorageWorld } from './storage-world-fixture.ts';

/** `before`: the server never hears of it. `half`: in mid-body. `unheard`: done, but the answer is lost. `heard`: just answered. */
type Moment = 'before' | 'half' | 'unheard' | 'heard';
type Point =
  | { readonly write: JournalStep; readonly when: 'before' | 'after'; readonly nth?: number }
  | { readonly call: S3Verb; readonly when: Moment; readonly nth?: number };

const partBytes = 16 * mebibyte;
/** The agent sends at most this many parts at once. */
const mostAtOnce = 4;
/** Two whole parts and a shorter one. */
const content = randomContent(2 * partBytes + mebibyte);

const journal: Point[] = [
  ...journalSteps.flatMap((write): Point[] => [
    { write, when: 'before' },
    { write, when: 'after' },
  ]),
  ...[2, 3].flatMap((nth): Point[] => [
    { write: 'stored', when: 'before', nth },
    { write: 'stored', when: 'after', nth },
  ]),
];
const calls: Point[] = [
  ...(['create', 'complete', 'head'] as const).flatMap((call): Point[] => [
    { call, when: 'before' },
    { call, when: 'unheard' },
    { call, when: 'heard' },
  ]),
  ...[1, 2, 3].flatMap((nth): Point[] => [
    { call: 'part', when: 'half', nth },
    { call: 'part', when: 'unheard', nth },
  ]),
  { call: 'part', when: 'before' },
  { call: 'part', when: 'heard' },
];
/** One upload each; every life after the first is a recovery, and is killed as well. */
const recoveries: Readonly<Record<string, Point[]>> = {
  'while it looks for what an unheard create left': [
    { call: 'create', when: 'unheard' },
    { call: 'create', when: 'unheard' },
    { call: 'list-multiparts', when: 'unheard' },
    { call: 'abort', when: 'unheard' },
    { write: 'created', when: 'before' },
  ],
  'at every step from the middle of a part on': [
    { call: 'part', when: 'half' },
    { call: 'list-parts', when: 'before' },
    { call: 'list-parts', when: 'unheard' },
    { write: 'reconcile', when: 'before' },
    { write: 'reconcile', when: 'after' },
    { call: 'part', when: 'unheard' },
    { write: 'stored', when: 'before' },
    { write: 'completing', when: 'before' },
    { write: 'completing', when: 'after' },
    { call: 'complete', when: 'unheard' },
    { call: 'head', when: 'unheard' },
    { write: 'completed', when: 'before' },
    { write: 'arrived', when: 'before' },
    { write: 'arrived', when: 'after' },
  ],
  'while it completes': [
    { call: 'complete', when: 'before' },
    { call: 'complete', when: 'before' },
    { call: 'complete', when: 'unheard' },
    { write: 'completed', when: 'after' },
  ],
};

await describePeer(['ceph'], 'Object Storage, kills', () => {
  let rgw: Rgw;
  let storage: StorageWorld;
  let sessionId: string;
  let file: string;
  let kills = 0;
  let sentAgain = 0;
  beforeAll(async () => {
    rgw = await startRgw();
    storage = await StorageWorld.start(rgw);
    ({ sessionId, file } = await storage.recorded('Kills — “Été à la mer”', content));
  });
  afterAll(async () => {
    await storage?.dispose();
    await rgw?.stop();
  });

  const uploadThrough = async (points: readonly Point[]): Promise<void> => {
    const { agent, gate } = storage;
    // Every upload has content of its own: an object of an earlier one cannot pass for it.
    content.writeUInt32LE(kills);
    await writeFile(file, content);
    gate.forget();
    for (const [life, point] of points.entries()) {
      if (life === 0) {
        await arm(storage, point);
        await storage.send(sessionId);
      } else {
        await restart(storage, point);
      }
      await storage.died(nameOf(point));
      gate.rules = {};
      kills += 1;
    }
    await agent.start();
    await storage.expectStored(await storage.arrived(sessionId), content);
    const extra = storage.partBytes - content.length;
    expect(extra).toBeLessThanOrEqual(points.length * mostAtOnce * partBytes);
    sentAgain += extra;
    // Stricter: what the store has is never sent again, heard or not.
    const stored = gate.calls.filter(({ verb, status }) => verb === 'part' && status === 200).map(({ part }) => part);
    expect(stored.sort()).toEqual([1, 2, 3]);
    await rgw.s3.empty(storage.bucket);
  };

  test.each([...journal, ...calls].map((point) => ({ point, name: nameOf(point) })))('killed $name', ({ point }) =>
    uploadThrough([point]),
  );

  test.each(Object.entries(recoveries))('killed again and again %s', (_, points) => uploadThrough(points));

  test('those were at least 50 kills', () => {
    console.log(`${kills} kills; sent again: ${(sentAgain / mebibyte / kills).toFixed(1)} MiB per kill`);
    expect(kills).toBeGreaterThanOrEqual(50);
  });
});

function nameOf(point: Point): string {
  const nth = point.nth === undefined ? '' : ` ${point.nth}`;
  if ('write' in point) return `${point.when} “${point.write}${nth}” is written`;
  const call = `${point.call}${nth}`;
  const words = {
    before: `before ${call} is heard`,
    half: `in the middle of ${call}`,
    unheard: `before the answer to ${call}`,
    heard: `after the answer to ${call}`,
  };
  return words[point.when];
}

async function arm(storage: StorageWorld, point: Point): Promise<void> {
  if ('write' in point) await storage.arm(faultOf(point));
  else storage.gate.rules = rulesOf(storage, point);
}

/** Starts the agent, armed from its first instruction on; it may not even get ready. */
async function restart(storage: StorageWorld, point: Point): Promise<void> {
  if ('call' in point) storage.gate.rules = rulesOf(storage, point);
  const env: Record<string, string> = 'write' in point ? { STREAMAI_TEST_FAULT: JSON.stringify(faultOf(point)) } : {};
  await storage.agent.start(env).catch(() => undefined);
}

function faultOf({ write, when, nth = 1 }: Extract<Point, { write: unknown }>): AgentFault {
  return { kind: 'kill', step: write, when, nth };
}

function rulesOf({ agent }: StorageWorld, { call: verb, when, nth = 1 }: Extract<Point, { call: unknown }>): GateRules {
  let count = 0;
  let target: unknown;
  const kill = (): never => {
    process.kill(agent.pid, 'SIGKILL');
    throw new Error('killed at this call');
  };
  return {
    onCall(call) {
      if (call.verb === verb) count += 1;
      if (call.verb === verb && count === nth) target = call;
      if (call === target && when === 'before') kill();
      return undefined;
    },
    onBody(call) {
      if (call === target && when === 'half' && call.bodyBytes > 300_000) process.kill(agent.pid, 'SIGKILL');
    },
    onAnswer(call) {
      if (call === target && when === 'unheard') kill();
      return undefined;
    },
    onDelivered(call) {
      if (call === target && when === 'heard') process.kill(agent.pid, 'SIGKILL');
    },
  };
}
