/**
 * OBS before 30.2 writes its files through a program, obs-ffmpeg-mux, whose two threads can miss each other at the end
 * (https://github.com/obsproject/obs-studio/pull/10597): it waits for itself for ever, OBS for it, and STOPPED never comes.
 * On a busy machine that was one stop in 75 (OBS 29.0.2, MPEG-TS). It takes both threads at once, so here they take turns.
 */
import { globSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from './processes.ts';

const muxerName = 'obs-ffmpeg-mux';

/**
 * The command that becomes that OBS, and lets its muxer run on one core, undisturbed: no other thread comes between what one
 * does until it waits. That OBS alone sees another muxer; the mounts go when it goes.
 * @param obs OBS's program
 * @param home a folder that lives as long as this OBS
 * @returns OBS as it is where this machine does not let us (it takes Linux and its administrator)
 */
export async function withSteadyMuxer(obs: string, home: string): Promise<string[]> {
  const [muxer] = globSync(`/usr/{bin,lib/*/obs-plugins/obs-ffmpeg}/${muxerName}`);
  if (muxer === undefined) return [obs];
  const folder = path.join(home, 'muxer');
  await mkdir(folder);
  const own = path.join(folder, muxerName);
  const steady = path.join(folder, 'steady');
  const turns = ['chrt', '--fifo', '1', 'taskset', '--cpu-list', await firstCore()];
  await writeFile(own, '');
  await writeFile(steady, `#!/bin/sh\nexec ${turns.join(' ')} '${own}' "$@"\n`, { mode: 0o755 });
  const mounts = `mount --bind '${muxer}' '${own}' && mount --bind '${steady}' '${muxer}' && test -x '${muxer}'`;
  const command = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', `${mounts} && exec "$0" "$@"`];
  const [program = '', ...args] = [...command, ...turns, 'true'];
  return run(program, args).then(
    () => [...command, obs],
    () => [obs],
  );
}

/** Of the cores that this process may use. */
async function firstCore(): Promise<string> {
  return /^Cpus_allowed_list:\s*(\d+)/m.exec(await readFile('/proc/self/status', 'utf8'))?.[1] ?? '0';
}
