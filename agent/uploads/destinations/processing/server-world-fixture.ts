/** For tests: the destination processing server with each kind of server behind it, and a gate and a line before that. */
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { UploadFault } from '../../../../scripts/rig/faulty-receiver/faults.ts';
import { startFaultyReceiver } from '../../../../scripts/rig/faulty-receiver/faulty.ts';
import { type AnswerChange, type GateRules, startGate } from '../../../../scripts/rig/gate.ts';
import { startLink } from '../../../../scripts/rig/link.ts';
import { listen } from '../../../../scripts/rig/listen.ts';
import { startReceiver } from '../../../../server/receiver.ts';
import type { DestinationStatus } from '../../../../shared/domain.ts';
import { LiveEvents } from '../../../live-events.ts';
import type { DestinationKind, DestinationWorld, Fault, Spoil } from '../destination-contract-fixture.ts';
import { tempFolder } from '../job-fixture.ts';
import { ProcessingDestination } from './processing.ts';

/** A server behind the gate. */
interface Server extends Pick<DestinationWorld, 'play' | 'arrived' | 'halves'> {
  readonly url: string;
  /** What the gate does for it. */
  rules?(): GateRules;
  close(): Promise<unknown>;
}

/** The files of a receiver's tasks. @param dir its folder */
export async function filesOfTasks(dir: string): Promise<Buffer[]> {
  const files: Buffer[] = [];
  for (const task of await readdir(join(dir, 'tasks'))) {
    const names = await readdir(join(dir, 'tasks', task));
    files.push(await readFile(join(dir, 'tasks', task, names.find((name) => name !== 'task.json') ?? '')));
  }
  return files;
}

const wrong: Readonly<Record<Spoil, Readonly<Record<string, unknown>>>> = {
  size: { size: 299_999 },
  checksum: { sha256: 'ab'.repeat(32) },
};
const retryAfter = (seconds?: number): Record<string, string> =>
  seconds === undefined ? {} : { 'retry-after': String(seconds) };

/** The receiver that is embedded in the agent; the gate plays its faults. */
async function embedded(): Promise<Server> {
  const dir = await tempFolder();
  const receiver = await startReceiver({ dir });
  let fault: Fault | null = null;
  const spoil = (what: Spoil): AnswerChange => ({
    body: (text) => JSON.stringify({ ...JSON.parse(text), ...wrong[what] }),
  });
  return {
    url: receiver.url,
    play: (next) => {
      fault = next;
    },
    rules: () => ({
      onCall() {
        if (fault?.kind !== 'refuse') return undefined;
        const { status, retryAfterSeconds } = fault;
        return { status, page: JSON.stringify({ detail: 'refused' }), headers: retryAfter(retryAfterSeconds) };
      },
      onAnswer() {
        if (fault?.kind === 'lose-answer') return 'lose';
        return fault?.kind === 'spoil' ? spoil(fault.what) : undefined;
      },
    }),
    arrived: () => filesOfTasks(dir),
    halves: () => readdir(join(dir, 'incoming')),
    close: () => receiver.close(),
  };
}

/** The receiver that misbehaves on demand. */
async function faulty(): Promise<Server> {
  const dir = await tempFolder();
  const receiver = await startFaultyReceiver({ dir });
  const planned = (fault: Fault): UploadFault => {
    if (fault.kind === 'lose-answer') return fault;
    if (fault.kind === 'spoil') {
      return { kind: 'answer', text: JSON.stringify({ task_id: 't', status: 'uploaded', ...wrong[fault.what] }) };
    }
    const { status, retryAfterSeconds } = fault;
    return { kind: 'refuse', status, headers: retryAfter(retryAfterSeconds) };
  };
  return {
    url: receiver.url,
    play: (fault) => receiver.plan(fault === null ? {} : { upload: planned(fault) }),
    arrived: () => filesOfTasks(dir),
    halves: () => readdir(join(dir, 'incoming')),
    close: () => receiver.close(),
  };
}

/** A server of the plain contract: it knows no keys, and says neither size nor checksum. */
async function plain(): Promise<Server> {
  const files: Buffer[] = [];
  let fault: Fault | null = null;
  const server = createServer(async (request, response) => {
    const form = await buffer(request).catch(() => null);
    if (form === null) return;
    if (request.method === 'GET') return void response.end('{"status": "healthy"}');
    if (fault?.kind === 'refuse') {
      response.writeHead(fault.status, retryAfter(fault.retryAfterSeconds)).end('{"detail": "refused"}');
      return;
    }
    files.push(fileIn(form));
    if (fault?.kind === 'lose-answer') request.socket.resetAndDestroy();
    else response.end(JSON.stringify({ task_id: `task-${files.length}`, status: 'uploaded' }));
  });
  return {
    url: `http://127.0.0.1:${await listen(server)}`,
    play: (next) => {
      fault = next;
    },
    arrived: async () => files,
    halves: async () => [],
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The file in a form: it is the last field. */
function fileIn(form: Buffer): Buffer {
  const blank = Buffer.from('\r\n\r\n');
  const head = form.indexOf('name="file"');
  return form.subarray(form.indexOf(blank, head) + blank.length, form.lastIndexOf('\r\n--', form.length - 3));
}

async function startServerWorld(start: () => Promise<Server>): Promise<DestinationWorld> {
  const server = await start();
  const gate = await startGate(server.url, { renameHost: true });
  const link = await startLink(gate.url);
  const live = new LiveEvents();
  const announced: DestinationStatus[] = [];
  live.subscribe((event) => event.type === 'destination_updated' && announced.push(event.data));
  const settings = () => ({ uploadEndpoint: '/upload', statusEndpoint: '/status' });
  const options = { live, settings };
  const driver = new ProcessingDestination({
    ...options,
    processingServer: () => ({ url: link.url, apiKey: null, embedded: false }),
  });
  const notSetUp = new ProcessingDestination({ ...options, processingServer: () => null });
  const world: DestinationWorld = {
    ...{ driver, notSetUp, link, announced },
    address: link.url,
    onStep: () => {},
    play: server.play,
    cancel: () => {},
    underWay: () => gate.calls.filter(({ end }) => end === 'open').length,
    arrived: server.arrived,
    halves: server.halves,
  };
  const rules = server.rules?.() ?? {};
  const halves = new WeakSet<object>();
  gate.rules = {
    onCall(call) {
      if (call.path !== '/upload') return undefined;
      world.onStep('it is asked for');
      return rules.onCall?.(call);
    },
    onBody(call) {
      if (halves.has(call)) return;
      halves.add(call);
      world.onStep('it is half there');
    },
    onAnswer(call) {
      if (call.path !== '/upload') return undefined;
      world.onStep('it is answered');
      return rules.onAnswer?.(call);
    },
  };
  onTestFinished(async () => {
    await driver.close();
    await notSetUp.close();
    await link.close();
    await gate.close();
    await server.close();
  });
  return world;
}

/** What the contract has to know of a processing server. */
function serverKind(
  start: () => Promise<Server>,
  says: Pick<DestinationKind, 'knowsRepeats' | 'spoils'>,
): DestinationKind {
  return {
    ...says,
    looksAfterLoss: false,
    id: 'processing',
    start: () => startServerWorld(start),
    steps: ['it is asked for', 'it is half there', 'it is answered'],
    proven: [],
    halfway: 'it is half there',
    refusals: {
      401: 'destination_auth',
      403: 'destination_auth',
      404: 'destination_rejected',
      413: 'destination_too_large',
      429: 'destination_busy',
      503: 'destination_busy',
    },
    unreachable: 'destination_unreachable',
    timeout: 'destination_timeout',
    patienceMs: 30 * 60_000,
    takesBack: false,
  };
}

const spoils = { size: 'destination_size_mismatch', checksum: 'destination_checksum_mismatch' } as const;
export const serverKinds: readonly [name: string, kind: DestinationKind][] = [
  ['a processing server, the embedded receiver', serverKind(embedded, { knowsRepeats: true, spoils })],
  ['a processing server, one that misbehaves', serverKind(faulty, { knowsRepeats: true, spoils })],
  ['a processing server, one that says no more than it must', serverKind(plain, { knowsRepeats: false, spoils: {} })],
];
