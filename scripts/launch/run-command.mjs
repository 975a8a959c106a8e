import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';
import { isatty } from 'node:tty';
import { commonNodeFlags } from './commands.mjs';

/**
 * Runs `scripts/<name>.ts` with the given Node and hands on the signals that this process gets.
 * @param {{ root: string, cache: string, node: string, name: string, nodeFlags: string[], args: string[] }} what
 * @returns {Promise<number>} the exit code; 128 + the signal's number when a signal ended it, as shells say it
 */
export function runCommand({ root, cache, node, name, nodeFlags, args }) {
  const script = path.join(root, 'scripts', `${name}.ts`);
  const child = spawn(node, [...commonNodeFlags, ...nodeFlags, script, ...args], {
    stdio: 'inherit',
    // Where this has no console of its own (started by the system), Windows would open one for the child, in sight of whoever streams.
    windowsHide: true,
    env: childEnvironment(process.env, node, cache),
  });

  // A terminal gives Ctrl-C to the whole process group, and a Windows console to all its programs: the child has had
  // it already, so these only keep the launcher alive until the child has ended.
  const terminal = [0, 1, 2].some((descriptor) => isatty(descriptor));
  const windows = process.platform === 'win32';
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    const delivered = windows || (terminal && signal !== 'SIGTERM');
    let forwarded = delivered;
    process.on(signal, () => {
      if (!forwarded) child.kill(signal);
      forwarded = true;
    });
  }

  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/**
 * The child's environment: its Node first on PATH, so that whatever it starts by name runs on the same Node, and
 * compiled code kept between starts.
 * @param {Record<string, string | undefined>} env
 * @param {string} node
 * @param {string} cache
 * @returns {Record<string, string | undefined>}
 */
export function childEnvironment(env, node, cache) {
  // Windows spells it Path; a second spelling would shadow it.
  const key = Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  const rest = env[key];
  const folder = path.dirname(node);
  return {
    ...env,
    [key]: rest ? `${folder}${path.delimiter}${rest}` : folder,
    NODE_COMPILE_CACHE: env.NODE_COMPILE_CACHE || path.join(cache, 'compile-cache'),
    // As agent/run.ts does, which is too late on Windows.
    UV_THREADPOOL_SIZE: env.UV_THREADPOOL_SIZE || '16',
  };
}
