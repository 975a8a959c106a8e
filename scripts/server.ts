// `npm run server`: a processing server on this machine alone, without any other service. It makes videos and subtitles.
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { defaultDataDir } from '../agent/config/data-dir.ts';
import { terminalLanguage } from '../agent/terminal.ts';
import { processingStages } from '../server/processing.ts';
import { startReceiver } from '../server/receiver.ts';
import { readProxies } from '../shared/proxies.ts';
import { modelProgress } from './server/model-progress.ts';
import { serverWords } from './server/words.ts';

const words = serverWords[terminalLanguage()];
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const log = (level: 'info' | 'error', message: string, details?: unknown): void => {
  if (level === 'error') console.error(message, details ?? '');
};

/** Beside what the agent keeps, should it run on the same machine. */
function ownFolder(): string {
  const { env, platform } = process;
  return path.join(env.STREAMAI_DATA_DIR || defaultDataDir({ env, platform, home: os.homedir() }), 'server');
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      dir: { type: 'string', default: ownFolder() },
      port: { type: 'string', default: '8000' },
      host: { type: 'string', default: '127.0.0.1' },
      'allow-private-sources': { type: 'boolean', default: false },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(words.usage);
  const dir = path.resolve(values.dir);
  const onModelProgress = modelProgress(process.stdout, words.model);
  const stages = processingStages({ dir, env: process.env, onModelProgress, log });
  const apiKey = process.env.VULTR_API_KEY;
  const server = await startReceiver({
    ...{ dir, port, host: values.host, stages, log },
    ...{ allowPrivateSources: values['allow-private-sources'], proxies: readProxies(process.env) },
    ...(apiKey && { apiKey }),
  });
  const stop = (): void => void server.close().then(() => say(words.ended));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  const missing = await Promise.all(stages.map((stage) => stage.missing()));
  const problems = new Map(missing.flatMap((problem) => (problem === null ? [] : [[problem.code, problem]])));
  say(words.ready(server.url));
  say(words.use(server.url));
  say(apiKey ? words.key : words.noKey);
  say(words.files(dir));
  say(problems.size === 0 ? words.whole : words.missing);
  for (const [code, { cause, fix }] of problems) say(`  ${words.problems[code] ?? `${cause} ${fix}`}`);
  say(words.end);
}

try {
  await main();
} catch (error) {
  console.error(words.failed(error instanceof Error ? error.message : String(error)));
  process.exitCode = 1;
}
