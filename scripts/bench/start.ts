/**
 * How fast StreamAI starts, and how little it then takes, in memory and on the disk: a package's program and the checkout's, side by side
 * and in turn, for this machine's other work comes and goes. Linux alone tells what processes take.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { commands, commonNodeFlags } from '../launch/commands.mjs';
import { bytesBelow } from '../package/archive/tree.ts';
import { buildProgram } from '../package/bundle.ts';
import { stage } from '../package/stage.ts';
import { targets } from '../package/targets.ts';
import { bareEnvironment } from '../rig/agent-process.ts';
import { freePort } from '../rig/free-port.ts';
import { root } from '../test/tools.ts';
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
    const figures = await measureKinds(kinds, folder, options);
    return [...figures, ...(await sizes(installed)), ...ratios(figures)];
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
    const receivers = all.flatMap(({ receiverMB }) => receiverMB ?? []);
    const goal = id === 'packaged';
    return [
      ...spread(
        { id, label: `${label}, start to answer`, unit: 'ms' },
        all.map(({ ms }) => ms),
        goal ? 400 : null,
      ),
      ...spread(
        { id, label: `${label}, idle`, unit: 'MB' },
        all.map(({ agentMB }) => agentMB),
        goal ? 85 : null,
      ),
      ...spread({ id: `${id}Receiver`, label: `${label}, its receiver`, unit: 'MB' }, receivers, null),
    ];
  });
  return [...figures, ...firsts];
}

/** The median, the least and the most; nothing where nothing was measured. */
function spread(
  { id, label, unit }: Pick<Figure, 'id' | 'label' | 'unit'>,
  values: readonly number[],
  atMost: number | null,
): Figure[] {
  if (values.length === 0) return [];
  return [
    { id: id + ending(unit), label, value: percentile(values, 0.5), unit, ...(atMost !== null && { atMost }) },
    { id: `${id}Min${ending(unit)}`, label: '  least', value: Math.min(...values), unit },
    { id: `${id}Max${ending(unit)}`, label: '  most', value: Math.max(...values), unit },
  ];
}

/** Of an id: `packagedMs`, `packagedMB`. */
const ending = (unit: string): string => (unit === 'ms' ? 'Ms' : unit);

/** On the disk; the checkout without Node, which it has from elsewhere, and with all that `npm ci` installs. */
async function sizes(installed: string): Promise<Figure[]> {
  const app = await bytesBelow(path.join(installed, 'app'));
  const ours = ['agent', 'shared', 'server', 'scripts', 'dock', 'node_modules'];
  const checkout = await Promise.all(ours.map((name) => bytesBelow(path.join(root, name))));
  const figure = (id: string, label: string, bytes: number): Figure => ({ id, label, value: bytes / 1e6, unit: 'MB' });
  return [
    figure('packagedSizeMB', 'package, its program on the disk', app),
    figure('packagedNodeSizeMB', 'package, its Node and licences', (await bytesBelow(installed)) - app),
    figure(
      'checkoutSizeMB',
      'checkout on the disk, without Node',
      checkout.reduce((sum, size) => sum + size, 0),
    ),
  ];
}

/** Of medians: below 1, the package is the faster or the smaller one. */
function ratios(figures: readonly Figure[]): Figure[] {
  const figureOf = (id: string): number => figures.find((figure) => figure.id === id)?.value ?? Number.NaN;
  const pairs = [
    ['Ms', 'Ms', 'start to answer'],
    ['IdleMB', 'MB', 'idle'],
  ] as const;
  return pairs.map(([id, unit, what]) => ({
    id: `packagedOfCheckout${id}`,
    label: `package ÷ checkout, ${what}`,
    value: figureOf(`packaged${unit}`) / figureOf(`checkout${unit}`),
    unit: '×',
  }));
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
