import { mkdir, open, rename, stat, unlink, utimes } from 'node:fs/promises';
import { constants } from 'node:os';
import path from 'node:path';
import { LaunchError, message } from './messages.mjs';

/** A holder touches its lock every `heartbeatMs`, so one untouched for `staleMs` belongs to a launcher that was killed. */
const usualTiming = { heartbeatMs: 1_000, staleMs: 15_000, pollMs: 200 };

const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * Runs `work` while no other launcher of this user installs anything. Waits without a limit for a living one: a first
 * install may take long on a slow line. When a signal asks this process to end, `work` is told through its argument, and
 * the process ends once `work` has.
 * @template T
 * @param {string} cache
 * @param {(line: string) => void} say
 * @param {(interrupted: AbortSignal) => Promise<T>} work
 * @param {{ heartbeatMs: number, staleMs: number, pollMs: number }} timing
 * @returns {Promise<T>}
 */
export async function withInstallLock(cache, say, work, timing = usualTiming) {
  const file = path.join(cache, 'install.lock');
  try {
    await mkdir(cache, { recursive: true });
    let waited = false;
    while (!(await tryCreate(file))) {
      if (await removeIfStale(file, timing.staleMs)) continue;
      if (!waited) say(message('waiting'));
      waited = true;
      await new Promise((resolve) => setTimeout(resolve, timing.pollMs));
    }
  } catch (error) {
    throw new LaunchError('cannotWriteCache', { folder: cache, detail: errorCode(error) });
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => {});
  }, timing.heartbeatMs);
  const interruption = new AbortController();
  let exitCode = 0;
  const interrupt = (/** @type {NodeJS.Signals} */ signal) => {
    exitCode = 128 + constants.signals[signal];
    interruption.abort();
  };
  for (const signal of signals) process.on(signal, interrupt);
  try {
    return await work(interruption.signal);
  } finally {
    for (const signal of signals) process.off(signal, interrupt);
    clearInterval(heartbeat);
    await unlink(file).catch(() => {});
    // Only now: an npm that is still undoing its work must not meet the next launcher's.
    if (exitCode !== 0) process.exit(exitCode);
  }
}

/** @param {string} file @returns {Promise<boolean>} false when somebody else holds it */
async function tryCreate(file) {
  try {
    await (await open(file, 'wx')).close();
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    // Windows answers so while the previous holder's unlink is still pending.
    if (errorCode(error) === 'EPERM' && (await exists(file))) return false;
    throw error;
  }
}

/** @param {string} file @param {number} staleMs @returns {Promise<boolean>} true when it is worth trying again at once */
async function removeIfStale(file, staleMs) {
  if (!(await isStale(file, staleMs))) return false;
  // Of several waiters only one can rename it away; whoever took a fresh lock by mistake gives it back.
  const aside = `${file}.${process.pid}`;
  try {
    await rename(file, aside);
  } catch {
    return false;
  }
  if (await isStale(aside, staleMs)) await unlink(aside).catch(() => {});
  else await rename(aside, file);
  return true;
}

/** @param {string} file @param {number} staleMs */
async function isStale(file, staleMs) {
  try {
    return Date.now() - (await stat(file)).mtimeMs > staleMs;
  } catch {
    return false;
  }
}

/** @param {string} file */
function exists(file) {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/** @param {unknown} error @returns {string} */
function errorCode(error) {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
