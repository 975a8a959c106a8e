import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type ReceiverOptions, startReceiver } from '../../../server/receiver.ts';
import { listen } from '../listen.ts';
import { play, type SeenRequest } from './fault-player.ts';
import { type FaultPlan, takeFault } from './faults.ts';

export type { SeenRequest };

export type FaultyReceiver = {
  url: string;
  port: number;
  /** Folder of the real receiver behind it. */
  dir: string;
  /** Every request so far, oldest first. */
  requests: readonly SeenRequest[];
  /** Replaces the plan from the next request on. */
  plan: (plan: FaultPlan) => void;
  /** Closes the port and every connection; `up` opens the same port again. */
  down: () => Promise<void>;
  up: () => Promise<void>;
  /** Resolves once `condition` holds, looked at whenever something happens; rejects after `timeoutMs` (default 10 s). */
  until: (condition: (requests: readonly SeenRequest[]) => boolean, timeoutMs?: number) => Promise<void>;
  close: () => Promise<void>;
};

/** A receiver that misbehaves on demand, for tests: a real one, behind a proxy that plays the plan's faults. */
export async function startFaultyReceiver(
  options: ReceiverOptions,
  firstPlan: FaultPlan = {},
): Promise<FaultyReceiver> {
  const receiver = await startReceiver({ ...options, port: 0 });
  const requests: SeenRequest[] = [];
  const watchers = new Set<() => void>();
  const changed = () => {
    for (const watch of watchers) watch();
  };
  let plan = structuredClone(firstPlan);

  const handle = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const isUpload = incoming.method === 'POST';
    const fault = isUpload
      ? takeFault(plan.upload)
      : incoming.url?.startsWith('/status/')
        ? takeFault(plan.status)
        : undefined;
    const seen = note(incoming, outgoing, fault?.kind, changed);
    requests.push(seen);
    changed();
    if (plan.ignoreIdempotencyKey) delete incoming.headers['idempotency-key'];
    play({ incoming, outgoing, seen, changed, target: receiver.port }, fault).catch(() => outgoing.destroy());
  };

  let server = createProxyServer(handle);
  const port = await listen(server, options.port ?? 0);
  const down = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    dir: receiver.dir,
    requests,
    plan: (next) => {
      plan = structuredClone(next);
    },
    down,
    up: async () => {
      if (server.listening) return;
      server = createProxyServer(handle);
      await listen(server, port);
    },
    until: (condition, timeoutMs = 10_000) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const watch = () => {
        if (condition(requests)) resolve();
      };
      const timer = setTimeout(() => reject(new Error(`not seen within ${timeoutMs} ms`)), timeoutMs);
      watchers.add(watch);
      watch();
      return promise.finally(() => {
        clearTimeout(timer);
        watchers.delete(watch);
      });
    },
    close: async () => {
      await down();
      await receiver.close();
    },
  };
}

function note(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fault: string | undefined,
  changed: () => void,
): SeenRequest {
  const key = incoming.headers['idempotency-key'];
  const seen: SeenRequest = {
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    headers: { ...incoming.headers },
    idempotencyKey: typeof key === 'string' ? key : undefined,
    bodyBytes: 0,
    fault,
    status: undefined,
    aborted: false,
  };
  outgoing.once('close', () => {
    if (outgoing.headersSent) seen.status = outgoing.statusCode;
    else seen.aborted = true;
    changed();
  });
  incoming.on('error', () => {});
  return seen;
}

function createProxyServer(handle: (incoming: IncomingMessage, outgoing: ServerResponse) => void): Server {
  return createServer({ requestTimeout: 0, keepAliveTimeout: 5_000 }, handle);
}
