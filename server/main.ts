import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { readProxies } from '../shared/proxies.ts';
import type { ProcessingOptions } from './processing.ts';
import { startReceiver } from './receiver.ts';
import type { Stage } from './stages/stage.ts';

/**
 * Runs the processing server alone: `node server/main.ts --dir D [--port P] [--host H] [--allow-private-sources]`; an API key comes
 * from VULTR_API_KEY, proxies from HTTP_PROXY, HTTPS_PROXY and NO_PROXY; what the stages need is named in processing.ts. Prints one line of JSON when it listens; SIGTERM or SIGINT ends it. Started with an IPC channel it
 * belongs to the program at the other end, and ends with it, however that one went.
 */
async function main(): Promise<void> {
  const parentGone = process.connected ? once(process, 'disconnect') : undefined;
  process.channel?.unref();
  const { values } = parseArgs({
    options: {
      dir: { type: 'string' },
      port: { type: 'string', default: '0' },
      host: { type: 'string' },
      'allow-private-sources': { type: 'boolean', default: false },
    },
  });
  const port = Number(values.port);
  if (values.dir === undefined) throw new Error('Say where files go: --dir FOLDER');
  if (!/^\d+$/.test(values.port) || port > 65535) throw new Error('--port must be a number from 0 to 65535');
  const apiKey = process.env.VULTR_API_KEY;
  const log = (level: 'info' | 'error', message: string, details?: unknown): void => {
    if (level === 'error') console.error(message, details ?? '');
  };
  const receiver = await startReceiver({
    dir: values.dir,
    port,
    // Started by another program it is the receiver of a streamer's own machine, which records: there it only stores.
    stages: parentGone ? [] : await stages(values.dir, log),
    allowPrivateSources: values['allow-private-sources'],
    proxies: readProxies(process.env),
    ...(values.host === undefined ? {} : { host: values.host }),
    ...(apiKey ? { apiKey } : {}),
    log,
  });
  const stop = () => void receiver.close();
  process.once('SIGTERM', stop);
  if (parentGone) {
    void parentGone.then(stop);
    // A terminal gives these to the parent as well, which has uploads to end first.
    for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
  } else {
    process.once('SIGINT', stop);
  }
  console.log(JSON.stringify({ url: receiver.url, port: receiver.port, dir: receiver.dir, pid: process.pid }));
}

/** Loaded where they are used alone: beside the agent every megabyte counts. */
async function stages(dir: string, log: ProcessingOptions['log']): Promise<Stage[]> {
  const { processingStages } = await import('./processing.ts');
  return processingStages({ dir, env: process.env, log });
}

try {
  await main();
} catch (error) {
  console.error(`The receiver could not start: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
