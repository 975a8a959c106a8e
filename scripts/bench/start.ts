/**
 * How fast StreamAI starts, and how little it then takes: a package's program and the checkout's, side by side and in turn, for this
 * machine's other work comes and goes. Linux alone tells what processes take.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { commands, commonNodeFlags } from '../launch/commands.mjs';
import { buildProgram } from '../package/bundle.ts';
import { stage } from '../package/stage.ts';
import { targets } from '../package/targets.ts';
import { bareEnvironment } from '../rig/agent-process.ts';
import { freePort } from '../rig/free-port.ts';
import type { Figure } from './figure.ts';
import { percentile } from './percentile.ts';

export interface StartOptions {
  /** Of each kind. */
  readonly runs: number;
  /** From the first answer until memory is looked at. */
  readonly idleMs: number;
  readonly say: (line: string) => void;
}

interface Run {
  readonly ms: number;
  /** Resident, of the agent and of its receiver; the pages that both share count in both. */
  readonly agentMB: number;
  readonly receiverMB: number | null;
}

type Kind = readonly [
  id: string,
  label: string,
  command: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
];

export async function measureStart(options: StartOptions): Promise<Figure[]> {
  const here = targets.find(({ platform, arch }) => platform === process.platform && arch === process.arch);
  if (here?.platform !== 'linux') throw new Error('npm run bench -- start needs Linux');
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-bench-'));
  try {
    options.say('Building the package’s program…');
    await buildProgram(path.join(folder, 'program'));
    const installed = path.join(folder, 'installed');
    await stage(installed, here, path.join(folder, 'program'));
    const scripts = path.resolve(import.meta.dirname, '..');
    const flags = [...commonNodeFlags, ...(commands.start?.nodeFlags ?? [])];
    const checkout = [process.execPath, ...flags, path.join(scripts, 'start.ts')] as const;
    const packaged = [path.join(installed, 'streamai')] as const;
    // An address without anybody: the receiver is then none of StreamAI's.
    const alone = { VULTR_API_URL: 'http://127.0.0.1:9' };
    const kinds: readonly Kind[] = [
      ['packaged', 'package', packaged, {}],
      ['packagedAlone', 'package without receiver', packaged, alone],
      ['checkout', 'checkout', checkout, {}],
      ['checkoutAlone', 'checkout without receiver', checkout, alone],
    ];
    return await measureKinds(kinds, folder, options);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function measureKinds(
  kinds: readonly Kind[],
  folder: string,
  { runs, idleMs, say }: StartOptions,
): Promise<Figure[]> {
  const measured = new Map<string, Run[]>(kinds.map(([id]) => [id, []]));
  const firsts: Figure[] = [];
  for (let run = 0; run <= runs; run++) {
    say(run === 0 ? 'Starting each once, so that its code is compiled…' : `Start ${run} of ${runs}…`);
    for (const [id, label, command, env] of kinds) {
      const result = await startOnce(command, path.join(folder, id), env, run === 0 ? 0 : idleMs);
      if (run > 0) measured.get(id)?.push(result);
      else firsts.push({ id: `${id}FirstMs`, label: `${label}, first start ever`, value: result.ms, unit: 'ms' });
    }
  }
  const figures = kinds.flatMap(([id, label]): Figure[] => {
    const all = measured.get(id) ?? [];
    const median = (values: readonly number[]): number => percentile(values, 50);
    const receivers = all.flatMap(({ receiverMB }) => receiverMB ?? []);
    const isGoal = id === 'packaged';
    return [
      {
        id: `${id}Ms`,
        label: `${label}, start to answer`,
        value: median(all.map(({ ms }) => ms)),
        unit: 'ms',
        ...(isGoal && { atMost: 400 }),
      },
      { id: `${id}FastestMs`, label: `${label}, fastest`, value: Math.min(...all.map(({ ms }) => ms)), unit: 'ms' },
      {
        id: `${id}MB`,
        label: `${label}, idle`,
        value: median(all.map(({ agentMB }) => agentMB)),
        unit: 'MB',
        ...(isGoal && { atMost: 85 }),
      },
      ...(receivers.length > 0
        ? [{ id: `${id}ReceiverMB`, label: `${label}, its receiver`, value: median(receivers), unit: 'MB' }]
        : []),
    ];
  });
  return [...figures, ...firsts];
}

async function startOnce(
  [program, ...args]: readonly [string, ...string[]],
  home: string,
  env: Readonly<Record<string, string>>,
  idleMs: number,
): Promise<Run> {
  const port = await freePort();
  const startedAt = performance.now();
  const child = spawn(program, args, {
    env: {
      ...bareEnvironment(),
      HOME: home,
      XDG_CACHE_HOME: path.join(home, 'cache'),
      NODE_COMPILE_CACHE: path.join(home, 'cache', 'streamai', 'compile-cache'),
      STREAMAI_DATA_DIR: path.join(home, 'data'),
      AGENT_PORT: String(port),
      ...env,
    },
    stdio: 'ignore',
  });
  const gone = once(child, 'exit');
  try {
    await answers(port, child);
    const ms = performance.now() - startedAt;
    await delay(idleMs);
    const pid = child.pid ?? 0;
    const [receiver] = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').filter(Boolean);
    return {
      ms,
      agentMB: await residentMB(String(pid)),
      receiverMB: receiver === undefined ? null : await residentMB(receiver),
    };
  } finally {
    child.kill('SIGTERM');
    await gone;
  }
}

/** Resolves with the first answer. @throws when it ends first */
async function answers(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode} before it answered`);
    const status = await new Promise<number | undefined>((resolve) => {
      const request = get({ host: '127.0.0.1', port, path: '/api/health', agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', () => resolve(undefined));
    });
    if (status === 200) return;
    await delay(2);
  }
}

async function residentMB(pid: string): Promise<number> {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kilobytes) * 1024) / 1e6;
}
