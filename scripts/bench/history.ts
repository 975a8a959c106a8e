/** How long the history takes over REST when there is a lot of it: first and deep pages, search, filters. */
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sessionsPageSchema } from '../../shared/api.ts';
import { AgentProcess } from '../rig/agent-process.ts';
import { freePort } from '../rig/free-port.ts';
import type { Figure } from './figure.ts';
import { seedHistory } from './history-seed.ts';
import { percentile } from './percentile.ts';
import { askUsage, usageFlags } from './usage.ts';

export interface HistoryBenchOptions {
  readonly sessions: number;
  readonly rounds: number;
  readonly say: (line: string) => void;
}

/** The goal of a page, whatever is asked (ms). */
const atMostMs = 20;

export async function measureHistory({ sessions, rounds, say }: HistoryBenchOptions): Promise<Figure[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-bench-'));
  // Nobody listens there: OBS is not what is measured.
  const env = { OBS_HOST: '127.0.0.1', OBS_PORT: String(await freePort()) };
  const agent = new AgentProcess(folder, env, usageFlags);
  const connections = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    say(`Writing ${sessions} sessions with 2 uploads each…`);
    seedHistory(path.join(folder, 'streamai.db'), sessions);
    await agent.start();
    const read = (query: string): Promise<string> => fetchText(agent, connections, `?limit=20${query}`);
    const deep = await deepCursor(read, Math.floor(sessions / 2 / 20));
    const queries: [id: string, label: string, query: string][] = [
      ['first', 'first page', ''],
      ['deep', 'page in the middle', `&cursor=${deep}`],
      ['search', 'search, many found', '&q=lecon'],
      ['searchRare', 'search, one found', `&q=${encodeURIComponent(`n° ${sessions - 7}`)}`],
      ['searchNone', 'search, none found', '&q=xyzzy%20nothing'],
      ...['uploading', 'failed', 'uploaded', 'local-only', 'interrupted'].map((filter): [string, string, string] => [
        `filter-${filter}`,
        `filter: ${filter}`,
        `&filter=${filter}`,
      ]),
      ['both', 'search and filter', '&q=gameplay&filter=failed'],
    ];
    const figures: Figure[] = [];
    for (const [id, label, query] of queries) {
      for (let round = 0; round < rounds / 10; round++) await read(query);
      const { cpuMs } = await askUsage(agent);
      const times: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const before = performance.now();
        await read(query);
        times.push(performance.now() - before);
      }
      const cpu = ((await askUsage(agent)).cpuMs - cpuMs) / rounds;
      const p95 = percentile(times, 0.95);
      figures.push(
        { id: `${id}P50Ms`, label: `${label}, p50`, value: percentile(times, 0.5), unit: 'ms' },
        { id: `${id}P95Ms`, label: `${label}, p95`, value: p95, unit: 'ms', atMost: atMostMs },
        // What a machine that is busy with other things does not change.
        { id: `${id}CpuMs`, label: `${label}, agent’s CPU for one`, value: cpu, unit: 'ms' },
      );
    }
    await agent.stop();
    return figures;
  } finally {
    connections.destroy();
    await agent.dispose();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The cursor behind so many pages. */
async function deepCursor(read: (query: string) => Promise<string>, pages: number): Promise<string> {
  let cursor = '';
  for (let page = 0; page < pages; page++) {
    const answer = sessionsPageSchema.parse(JSON.parse(await read(cursor === '' ? '' : `&cursor=${cursor}`)));
    cursor = answer.nextCursor ?? '';
  }
  return cursor;
}

/** One request on a connection that stays, as a browser has it. */
function fetchText({ url, token }: AgentProcess, agent: Agent, query: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    get(`${url}/api/integrated/recordings${query}`, { agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`${query}: ${response.statusCode} ${text}`));
      });
    }).on('error', reject);
  });
}
