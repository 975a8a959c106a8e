/** Object Storage on a real Ceph RGW behind a proxy that answers what a healthy RGW cannot be made to: portals, fronts, lost ends. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { SendResult } from '../../agent/uploads/destinations/destination.ts';
import { isRetryable } from '../../agent/uploads/destinations/failures.ts';
import { jobFor, tempFile } from '../../agent/uploads/destinations/job-fixture.ts';
import {
  type StorageWorld,
  startStorageWorld,
} from '../../agent/uploads/destinations/object-storage/storage-world-fixture.ts';
import { StreamAIError } from '../../shared/errors.ts';
import { describePeer } from '../rig/describe-peer.ts';
import type { GateRules, Refusal } from '../rig/gate.ts';
import { type Rgw, startRgw } from '../rig/rgw.ts';
import { StorageWorld as AgentWorld, mebibyte, randomContent } from './storage-world-fixture.ts';

await describePeer(['ceph'], 'Object Storage behind what answers in its place', () => {
  let rgw: Rgw;
  beforeAll(async () => {
    rgw = await startRgw();
  });
  afterAll(() => rgw?.stop());

  const content = randomBytes(300_000);
  async function start() {
    const world = await startStorageWorld(rgw);
    const job = await jobFor(await tempFile(content));
    const send = (rules: GateRules): Promise<SendResult> => {
      world.gate.rules = rules;
      world.gate.forget();
      return world.driver.send(job);
    };
    return { world, send };
  }
  const failureOf = (sending: Promise<SendResult>): Promise<StreamAIError> =>
    sending.then(
      () => {
        throw new Error('it was completed');
      },
      (error: unknown) => {
        if (error instanceof StreamAIError) return error;
        throw error;
      },
    );
  async function expectArrived(world: StorageWorld): Promise<void> {
    expect((await world.arrived()).map((object) => object.equals(content))).toEqual([true]);
    expect(await world.halves()).toEqual([]);
  }

  describe('Complete is answered with what cannot be read', () => {
    const answers: [what: string, body: (text: string) => string][] = [
      ['nothing', () => ''],
      ['its beginning', (text) => text.slice(0, text.length / 2)],
      ['an error with a namespace', () => error('InternalError', ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"')],
      ['blanks, then an error', () => `  \n ${error('InternalError')}`],
    ];
    test.each(answers)('%s, but the object is there: proven', async (_, body) => {
      const { world, send } = await start();
      const rules: GateRules = { onAnswer: ({ verb }) => (verb === 'complete' ? { body } : undefined) };
      const first = await send(rules).catch((failure: unknown) => failure);
      // An error in S3's own words is believed until the next attempt looks.
      if (first instanceof StreamAIError) {
        expect([first.code, isRetryable(first.code)]).toEqual(['storage_failed', true]);
        expect(await send({})).toMatchObject({ bytes: content.length });
        expect(world.gate.calls.filter(({ verb }) => verb === 'part')).toEqual([]);
      }
      await expectArrived(world);
    });

    test.each(answers)('%s, and nothing is there: asked for again, no part is sent twice', async (_, body) => {
      const { world, send } = await start();
      const refuse: GateRules = {
        onCall: ({ verb }) => (verb === 'complete' ? { status: 200, page: body(error('InternalError')) } : undefined),
      };
      const failure = await failureOf(send(refuse));
      expect([failure.code, isRetryable(failure.code)]).toEqual(['storage_failed', true]);
      await send({});
      expect(world.gate.calls.filter(({ verb }) => verb === 'part')).toEqual([]);
      await expectArrived(world);
    });
  });

  describe('something else answers in its place', () => {
    const location = 'https://login.hotel.example/sign-in?token=secret';
    const page = '<!doctype html>\n<html><body>Welcome to the hotel</body></html>';
    const portals: [what: string, refusal: Refusal, code: string][] = [
      ...[301, 302, 303, 307, 308].flatMap((status): typeof portals => [
        [`HTTP ${status}`, { status, headers: { location } }, 'storage_redirected'],
        [`HTTP ${status} and a page`, { status, headers: { location }, page }, 'storage_redirected'],
      ]),
      ['a page', { status: 200, page }, 'storage_answer_invalid'],
      ['a page with an ETag', { status: 200, page, headers: { etag: '"5f3c-5a1b"' } }, 'storage_answer_invalid'],
      ['a page with 403', { status: 403, page }, 'storage_answer_invalid'],
      ['a page with 511', { status: 511, page }, 'storage_failed'],
      ['nothing with 200', { status: 200 }, 'storage_answer_invalid'],
    ];
    for (const verbs of [['head'], ['create', 'put'], ['part'], ['list-parts', 'complete']]) {
      test.each(portals)(`at ${verbs.join(' and ')}, with %s: told, and waited out`, async (_, refusal, code) => {
        const { world, send } = await start();
        const isPortal = ({ verb }: { verb: string }): boolean => verbs.includes(verb);
        const failure = await send({ onCall: (call) => (isPortal(call) ? refusal : undefined) }).catch(
          (error) => error,
        );
        if (failure instanceof StreamAIError) {
          expect(isRetryable(failure.code)).toBe(true);
          // A Complete that is answered with nothing is a lost answer.
          if (!(verbs.includes('complete') && refusal.status === 200)) expect(failure.code).toBe(code);
          if (code === 'storage_redirected') {
            expect(failure.params).toEqual({ where: 'https://login.hotel.example/sign-in' });
          }
          expect(JSON.stringify(failure.info())).not.toContain('secret');
        } else {
          // A PUT of the claim that was answered with an empty 200 is answered as S3 does.
          expect([verbs[0], refusal.status, refusal.page]).toEqual(['create', 200, undefined]);
        }
        await send({});
        await expectArrived(world);
      });
    }

    test('a portal in mid-upload that goes away: the agent goes on by itself, and nothing is sent twice', async () => {
      const storage = await AgentWorld.start(rgw);
      onTestFinished(() => storage.dispose());
      const { gate } = storage;
      let portal = false;
      gate.rules = {
        onCall: ({ part }) => (portal || part > 1 ? { status: 302, headers: { location }, page } : undefined),
        onDelivered: ({ part }) => {
          portal ||= part === 1;
        },
      };
      const film = randomContent(40 * mebibyte);
      const { sessionId } = await storage.recorded('Hotel', film);
      await storage.send(sessionId);
      const waiting = await storage.reaches(sessionId, ['waiting', 'failed']);
      expect(waiting).toMatchObject({ state: 'waiting', error: { code: 'storage_redirected' } });
      expect(waiting.error?.message).toContain('https://login.hotel.example/sign-in');
      expect(JSON.stringify(waiting)).not.toContain('secret');
      gate.rules = {};
      await storage.expectStored(await storage.arrived(sessionId), film);
      const stored = gate.calls.filter(({ verb, status }) => verb === 'part' && status === 200);
      expect(stored.map(({ part }) => part).sort()).toEqual([1, 2, 3]);
    });

    test('the health check and the test say so too', async () => {
      const { world } = await start();
      world.gate.rules = { onCall: () => ({ status: 302, headers: { location } }) };
      await world.driver.checkHealth();
      expect(world.driver.status().problem?.code).toBe('storage_redirected');
      expect((await world.driver.test(AbortSignal.timeout(10_000))).problem?.code).toBe('storage_redirected');
    });

    const own = (code: string): string =>
      `<?xml version="1.0"?><Error><Code>${code}</Code><Endpoint>b.s3.eu-west-1.example</Endpoint></Error>`;

    test.each<[what: string, verb: string, refusal: Refusal, where: string]>([
      ['in its words', 'create', { status: 301, page: own('PermanentRedirect') }, 'https://b.s3.eu-west-1.example/'],
      ['in its words, without an address', 'create', { status: 301, code: 'PermanentRedirect' }, '?'],
      ['to a HEAD', 'head', { status: 301, headers: { 'x-amz-bucket-region': 'eu-west-1' } }, 'eu-west-1'],
    ])('S3’s own redirect for good, %s, means another region, and is final', async (_, verb, refusal, where) => {
      const { send } = await start();
      const failure = await failureOf(send({ onCall: (call) => (call.verb === verb ? refusal : undefined) }));
      expect(failure).toMatchObject({ code: 'storage_region_wrong', params: { where } });
      expect(isRetryable(failure.code)).toBe(false);
    });

    test.each<[what: string, verb: string, refusal: Refusal, where: string]>([
      ['in its words', 'create', { status: 307, page: own('TemporaryRedirect') }, 'https://b.s3.eu-west-1.example/'],
      [
        'to a HEAD',
        'head',
        { status: 307, headers: { location: 'https://b.s3.example/k', 'x-amz-bucket-region': 'eu-west-1' } },
        'https://b.s3.example/k',
      ],
    ])('S3’s own redirect for now, %s, is waited out', async (_, verb, refusal, where) => {
      const { world, send } = await start();
      const failure = await failureOf(send({ onCall: (call) => (call.verb === verb ? refusal : undefined) }));
      expect(failure).toMatchObject({ code: 'storage_redirected', params: { where } });
      expect(isRetryable(failure.code)).toBe(true);
      await send({});
      await expectArrived(world);
    });
  });
});

const error = (code: string, namespace = ''): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Error${namespace}><Code>${code}</Code><Message>We</Message></Error>`;
