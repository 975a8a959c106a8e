/** Shows a file in the system's file manager: one program, no shell, and a full path, which no program takes for an option. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StreamAIError } from '../../shared/errors.ts';
import { statRecording } from './open-recording.ts';

export interface RevealCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** Windows: hand the arguments on as they are. */
  readonly verbatim: boolean;
  /** explorer.exe ends with 1 also when all is well. */
  readonly codeTells: boolean;
}

export interface RevealSystem {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Long enough for a program that cannot work to say so (ms). */
const failsWithinMs = 1000;

/** The program that shows the file; null: there is no desktop, or the path is not full or has what no path can have. */
export function revealCommand(file: string, { platform, env }: RevealSystem): RevealCommand | null {
  const paths = platform === 'win32' ? path.win32 : path.posix;
  // A Windows name cannot have these characters. In a path that OBS tells, a quote would end the quoted argument.
  if (!paths.isAbsolute(file) || (platform === 'win32' ? /["<>|?*\0\n]/ : /\0/).test(file)) return null;
  switch (platform) {
    case 'win32': {
      const program = path.win32.join(env.SystemRoot ?? 'C:\\Windows', 'explorer.exe');
      // Explorer splits its arguments at commas itself and understands quotes only like this.
      return { program, args: [`/select,"${path.win32.normalize(file)}"`], verbatim: true, codeTells: false };
    }
    case 'darwin':
      return { program: '/usr/bin/open', args: ['-R', file], verbatim: false, codeTells: true };
    default: {
      const desktop = (env.DISPLAY ?? '') !== '' || (env.WAYLAND_DISPLAY ?? '') !== '';
      return desktop
        ? { program: 'xdg-open', args: [path.posix.dirname(file)], verbatim: false, codeTells: true }
        : null;
    }
  }
}

/** The environment without our keys and passwords, which a file manager has no use for. */
function withoutOurs(env: RevealSystem['env']): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(VULTR|OBS|STREAMAI)_/.test(name)));
}

/** Shows the file in its folder. @throws StreamAIError file_missing | no_desktop | folder_not_shown */
export async function reveal(file: string, system: RevealSystem = process): Promise<void> {
  const found = await statRecording(file).catch(() => null);
  if (found === null) throw new StreamAIError('file_missing', { file });
  const command = revealCommand(file, system);
  if (command === null) throw new StreamAIError('no_desktop', { file });
  const { program, args, verbatim, codeTells } = command;
  const child = spawn(program, args, {
    stdio: 'ignore',
    detached: true,
    windowsVerbatimArguments: verbatim,
    env: withoutOurs(system.env),
  });
  const failed = new Promise<void>((_, reject) => {
    child.once('error', (cause) => reject(new StreamAIError('no_desktop', { file }, { cause })));
    child.once('exit', (code) => {
      if (codeTells && code !== 0) reject(new StreamAIError('folder_not_shown', { file }));
    });
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => setImmediate(resolve)));
  const patience = new AbortController();
  try {
    await Promise.race([failed, ended, delay(failsWithinMs, undefined, { signal: patience.signal, ref: false })]);
  } finally {
    patience.abort();
    child.unref();
  }
}
