/**
 * What every destination must do, whatever stands behind it: one suite, run by the tests of each driver against every server and
 * store that they know. A new driver gives it a `DestinationKind` and passes.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Link } from '../../../scripts/rig/link.ts';
import type { DestinationStatus } from '../../../shared/domain.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import { uploadFixture } from '../../../shared/upload-fixture.ts';
import type { DestinationDriver, SendJob } from './destination.ts';
import { isRetryable, needsNewKey } from './failures.ts';
import { jobFor, tempFile } from './job-fixture.ts';

/** What a server does to requests from now on. */
export type Fault =
  | { readonly kind: 'refuse'; readonly status: number; readonly retryAfterSeconds?: number }
  /** It says that something else has arrived than was sent. */
  | { readonly kind: 'spoil'; readonly what: Spoil }
  /** The answer by which a file has arrived is lost on its way. */
  | { readonly kind: 'lose-answer' };
export type Spoil = 'size' | 'checksum';

/** A destination of a kind, and all that stands behind it, for one test. */
export interface DestinationWorld {
  readonly driver: DestinationDriver;
  /** Another one of its kind for which nothing is set. */
  readonly notSetUp: DestinationDriver;
  /** What its status says of the server's address. */
  readonly address: string;
  /** The line from the driver to the server. */
  readonly link: Link;
  /** The statuses that the driver has announced. */
  readonly announced: readonly DestinationStatus[];
  /** Called at each of `DestinationKind.steps`. */
  onStep: (step: string) => void;
  play(fault: Fault | null): void;
  /** What the queue does besides aborting the attempt. */
  cancel(uploadId: string): void;
  /** Requests that the server has not answered, of clients that are still there. */
  underWay(): number;
  /** The files that arrived, as the server has them. */
  arrived(): Promise<Buffer[]>;
  /** What the server has of files that have not arrived. */
  halves(): Promise<readonly string[]>;
}

export interface DestinationKind {
  readonly id: DestinationDriver['id'];
  start(): Promise<DestinationWorld>;
  /** The steps of sending a small file, in their order. */
  readonly steps: readonly string[];
  /** Those at which all is proven, so that it may end as if it had not been called off. */
  readonly proven: readonly string[];
  /** The one in the middle of the file's bytes. */
  readonly halfway: string;
  /** What the statuses are that it refuses with. */
  readonly refusals: Readonly<Record<401 | 403 | 404 | 413 | 429 | 503, ErrorCode>>;
  readonly spoils: Readonly<Partial<Record<Spoil, ErrorCode>>>;
  readonly unreachable: ErrorCode;
  readonly timeout: ErrorCode;
  /** How long a server may say nothing at all once everything is sent that it waits for, ms. */
  readonly patienceMs: number;
  /** Whether a file that is sent again is known to be the same. */
  readonly knowsRepeats: boolean;
  /** Whether it finds out within the attempt that a file has arrived although the answer was lost. */
  readonly looksAfterLoss: boolean;
  /** Whether a whole file goes away that arrived when it was cancelled already. */
  readonly takesBack: boolean;
}

const bytes = 300_000;
/** Of the line, bits per second, where the middle of a file must not be its end already. */
const rate = 4e6;
const soon = { timeout: 30_000, interval: 10 };

export function destinationContract(name: string, kind: DestinationKind): void {
  describe(`a destination: ${name}`, { timeout: 60_000 }, () => {
    let world: DestinationWorld;
    let content: Buffer;
    let job: SendJob;
    beforeEach(async () => {
      world = await kind.start();
      content = randomBytes(bytes);
      const path = await tempFile(content);
      const upload = uploadFixture({ id: randomUUID(), recordingId: randomUUID(), destination: kind.id });
      job = await jobFor(path, { upload: { ...upload, state: 'uploading', bytesTotal: bytes } });
    });

    const send = (change: Partial<SendJob> = {}) => world.driver.send({ ...job, ...change });
    /** Sends until a step is reached, and calls it off there. @returns what became of it, and why it was called off */
    async function sendUntil(step: string, before = () => {}): Promise<{ outcome: unknown; reason: Error }> {
      const off = new AbortController();
      const reason = new Error('called off');
      if (step === kind.halfway) world.link.setRate(rate);
      world.onStep = (at) => {
        if (at !== step || off.signal.aborted) return;
        before();
        off.abort(reason);
      };
      const outcome = await send({ signal: off.signal }).catch((error: unknown) => error);
      world.onStep = () => {};
      // What the line holds of it must not pass after its end.
      await vi.waitFor(() => expect(world.underWay()).toBe(0), soon);
      world.link.setRate(null);
      expect(off.signal.aborted, `${step} is reached`).toBe(true);
      return { outcome, reason };
    }
    /** Whatever the server answered, the file that it has is this one, and it has it so often. */
    async function expectArrived(times = 1): Promise<void> {
      const files = await world.arrived();
      expect(files.map((file) => file.equals(content))).toEqual(Array(times).fill(true));
      expect(await world.halves()).toEqual([]);
    }

    describe('its start', () => {
      test('with everything set, it is configured, and nothing is known of the server', () => {
        world.driver.start?.();
        const { driver, address } = world;
        expect(driver.configured()).toBe(true);
        expect(driver.status()).toEqual({
          ...{ id: kind.id, configured: true, embedded: false, address },
          ...{ reachable: null, problem: null, proxy: null },
        });
      });

      test('with nothing set, it says so, asks nobody and sends nothing', async () => {
        const { notSetUp } = world;
        notSetUp.start?.();
        await notSetUp.checkHealth();
        expect(notSetUp.configured()).toBe(false);
        expect(notSetUp.status()).toMatchObject({ configured: false, reachable: null, address: null, problem: null });
        await expect(notSetUp.send(job)).rejects.toMatchObject({ code: 'destination_not_configured' });
      });

      test('it knows after a look whether the server is there, and announces what has changed, once', async () => {
        const { driver, link, announced } = world;
        await Promise.all([driver.checkHealth(), driver.checkHealth()]);
        expect(driver.status()).toMatchObject({ reachable: true, problem: null });
        link.refuse(true);
        await driver.checkHealth();
        await driver.checkHealth();
        expect(driver.status()).toMatchObject({ reachable: false, problem: { code: kind.unreachable } });
        link.refuse(false);
        await driver.checkHealth();
        expect(announced.map(({ reachable }) => reachable)).toEqual([true, false, true]);
      });
    });

    describe('sending', () => {
      test('takes the steps that are tried below', async () => {
        const steps: string[] = [];
        world.onStep = (step) => steps.push(step);
        await send();
        // Some are taken at one time.
        expect(steps.sort()).toEqual([...kind.steps].sort());
      });

      test('the file arrives as it is, and the server is known to be there', async () => {
        expect(await send()).toMatchObject({ bytes });
        await expectArrived();
        expect(world.driver.status()).toMatchObject({ reachable: true, problem: null });
      });

      test('progress only grows, and is all of it no sooner than the arrival is proven', async () => {
        const told: number[] = [];
        let answered = 0;
        world.onStep = (step) => {
          if (step === kind.steps.at(-1)) answered = told.length;
        };
        const large = 10 * bytes;
        const path = await tempFile(randomBytes(large));
        await send({ ...(await jobFor(path)), onProgress: (sent) => told.push(sent) });
        expect(answered).toBeGreaterThan(2);
        expect(told).toEqual([...told].sort((a, b) => a - b));
        expect(Math.max(...told.slice(0, answered))).toBeLessThan(large);
        expect(told.at(-1)).toBeLessThanOrEqual(large);
      });

      test('a file that is not what was measured is not sent', async () => {
        const other = { bytes, modifiedAt: job.content.modifiedAt - 5000 };
        await expect(send({ content: other })).rejects.toMatchObject({ code: 'file_changing' });
        expect(await world.arrived()).toEqual([]);
        expect(await world.halves()).toEqual([]);
      });
    });

    describe('sending again', () => {
      test('after a pause in the middle: it arrives, once', async () => {
        const { outcome, reason } = await sendUntil(kind.halfway);
        expect(outcome).toBe(reason);
        await send();
        await vi.waitFor(() => expectArrived(), soon);
      });

      test('after the line broke in the middle: it arrives, once', async () => {
        let breaks = 0;
        world.link.setRate(rate);
        world.onStep = (step) => {
          if (step === kind.halfway && breaks++ === 0) world.link.resetAll();
        };
        const failure = await send().then(
          () => null,
          (error: unknown) => error,
        );
        if (failure !== null) {
          expect(failure).toMatchObject({ code: kind.unreachable });
          await send({ brokenBefore: true });
        }
        expect(breaks).toBeGreaterThan(1);
        await vi.waitFor(() => expectArrived(), soon);
      });

      test('after the answer was lost: it has arrived, and is known where it can be', async () => {
        world.play({ kind: 'lose-answer' });
        if (kind.looksAfterLoss) await send();
        else await expect(send()).rejects.toMatchObject({ code: kind.unreachable });
        world.play(null);
        await send({ brokenBefore: true });
        await expectArrived(kind.knowsRepeats ? 1 : 2);
      });
    });

    describe('cancelling', () => {
      test.each(kind.steps)('at “%s”: it ends with the reason, and in the end nothing is left', async (step) => {
        // As the queue does it: what is to go away is written down, then the attempt is called off.
        const { outcome, reason } = await sendUntil(step, () => world.cancel(job.upload.id));
        if (!kind.proven.includes(step)) expect(outcome).toBe(reason);
        const stays = world.driver.stored?.(job.upload.id)?.object ?? null;
        await vi.waitFor(async () => {
          expect(world.underWay()).toBe(0);
          expect(await world.halves()).toEqual([]);
          if (stays !== null) await expectArrived();
          else if (kind.takesBack) expect(await world.arrived()).toEqual([]);
        }, soon);
        await world.driver.close();
        await vi.waitFor(() => expect(world.link.open).toBe(0), soon);
      });

      test('before it began', async () => {
        const reason = new Error('called off');
        await expect(send({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
        expect(await world.arrived()).toEqual([]);
      });
    });

    const spoils = Object.entries(kind.spoils) as [Spoil, ErrorCode][];
    // A server that does not say what has arrived cannot say it wrongly.
    if (spoils.length > 0) {
      describe('proof', () => {
        test.each(spoils)('a server with another %s has not got the file', async (what, code) => {
          world.play({ kind: 'spoil', what });
          await expect(send()).rejects.toMatchObject({ code });
          expect(needsNewKey(code)).toBe(true);
          expect(world.driver.stored?.(job.upload.id)?.object ?? null).toBeNull();
          world.play(null);
          expect(await send({ generation: 2 })).toMatchObject({ bytes });
          expect((await world.arrived()).at(-1)?.equals(content)).toBe(true);
        });
      });
    }

    describe('a refusal', () => {
      test.each(Object.entries(kind.refusals).map(([status, code]) => [Number(status), code] as const))(
        'with %i is %s',
        async (status, code) => {
          world.play({ kind: 'refuse', status, ...(status === 429 && { retryAfterSeconds: 9 }) });
          const failure = await send().catch((error: unknown) => error);
          expect(failure).toMatchObject({ code });
          if (status === 429) expect(failure).toMatchObject({ retryAfterMs: 9000 });
          expect(isRetryable(code)).toBe(status === 429 || status === 503);
          expect(await world.arrived()).toEqual([]);
          world.play(null);
          await send();
          await expectArrived();
          expect(world.driver.status()).toMatchObject({ reachable: true, problem: null });
        },
      );
    });

    describe('a server that says nothing', () => {
      beforeEach(() => {
        // What waits for minutes is not waited for here; sockets and files take the time that they take.
        vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
        return () => vi.useRealTimers();
      });

      test('is given up in time', async () => {
        const { link } = world;
        link.blackHole(true);
        let failure: unknown = null;
        const sending = send().catch((error: unknown) => {
          failure = error;
        });
        // The line takes all that there is to send; then there is silence.
        let heard = { bytes: 0, at: performance.now() };
        while (heard.bytes === 0 || performance.now() - heard.at < 100) {
          await new Promise(setImmediate);
          if (link.bytesUp !== heard.bytes) heard = { bytes: link.bytesUp, at: performance.now() };
        }
        vi.advanceTimersByTime(kind.patienceMs - 1);
        for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate);
        expect(failure).toBeNull();
        vi.advanceTimersByTime(1);
        await sending;
        expect(failure).toMatchObject({ code: kind.timeout });
      });
    });

    describe('its end', () => {
      test('leaves no connection, and may come twice', async () => {
        await send();
        await world.driver.checkHealth();
        await world.driver.close();
        await vi.waitFor(() => expect(world.link.open).toBe(0), soon);
        await world.driver.close();
      });

      test('does not wait for a server that says nothing', async () => {
        world.link.blackHole(true);
        const looked = world.driver.checkHealth();
        await vi.waitFor(() => expect(world.link.bytesUp).toBeGreaterThan(0), soon);
        await world.driver.close();
        await looked;
        expect(world.announced).toEqual([]);
      });
    });
  });
}
