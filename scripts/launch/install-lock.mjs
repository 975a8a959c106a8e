import { mkdir, open, readdir, stat, unlink, utimes } from 'node:fs/promises';
import { constants } from 'node:os';
import path from 'node:path';
import { LaunchError, message } from './messages.mjs';

/**
 * The lock is the file `install.lock.N` of the highest number: whoever created it holds it, and touches it every `heartbeatMs`. One that
 * is untouched for `staleMs` (its launcher was killed), or was given back, is free: the next holder is the one that creates number N + 1.
 * The highest one is never deleted, so the numbers only grow and nobody can delete or take what another launcher holds.
 */
const usualTiming = { heartbeatMs: 1_000, staleMs: 15_000, pollMs: 200 };

/** The time of a lock that was given back: untouched since 1970, so free at once. */
const givenBack = new Date(0);

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
  const held = await take(cache, say, timing).catch((error) => {
    throw new LaunchError('cannotWriteCache', { folder: cache, detail: errorCode(error) });
  });
  const touch = (/** @type {Date} */ at) => utimes(held, at, at).catch(() => {});
  /** @type {Promise<void>} */
  let touched = Promise.resolve();
  const heartbeat = setInterval(() => {
    // One after the other: a beat that came late would take the lock back after it was given back.
    touched = touched.then(() => touch(new Date()));
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
    await touched;
    await touch(givenBack);
    // Only now: an npm that is still undoing its work must not meet the next launcher's.
    if (exitCode !== 0) process.exit(exitCode);
  }
}

/**
 * @param {string} cache
 * @param {(line: string) => void} say
 * @param {{ staleMs: number, pollMs: number }} timing
 * @returns {Promise<string>} the lock's file
 */
async function take(cache, say, { staleMs, pollMs }) {
  await mkdir(cache, { recursive: true });
  for (let waited = false; ; waited = true) {
    const file = await tryTake(cache, staleMs);
    if (file !== null) return file;
    if (!waited) say(message('waiting'));
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/**
 * @param {string} cache
 * @param {number} staleMs
 * @returns {Promise<string | null>} the lock's file, or null while somebody else holds it
 */
async function tryTake(cache, staleMs) {
  const last = (await numbers(cache)).at(-1) ?? 0;
  if (last > 0 && !(await isFree(lockFile(cache, last), staleMs))) return null;
  const file = lockFile(cache, last + 1);
  if (!(await create(file))) return null;
  // Whoever looked long ago may create a number that others have left behind: only the highest one holds.
  const all = await numbers(cache);
  if (all.at(-1) !== last + 1) {
    await unlink(file).catch(() => {});
    return null;
  }
  await Promise.all(all.slice(0, -1).map((number) => unlink(lockFile(cache, number)).catch(() => {})));
  return file;
}

const prefix = 'install.lock.';
/** @param {string} cache @param {number} number */
const lockFile = (cache, number) => path.join(cache, `${prefix}${number}`);

/** @param {string} cache @returns {Promise<number[]>} of the locks that are there, lowest first */
async function numbers(cache) {
  const names = (await readdir(cache)).filter((name) => /^install\.lock\.[1-9]\d*$/.test(name));
  return names.map((name) => Number(name.slice(prefix.length))).sort((a, b) => a - b);
}

/** @param {string} file @returns {Promise<boolean>} false when somebody else was first */
async function create(file) {
  try {
    await (await open(file, 'wx')).close();
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    // Windows answers so while another launcher's unlink is still pending.
    if (errorCode(error) === 'EPERM' && (await exists(file))) return false;
    throw error;
  }
}

/** @param {string} file @param {number} staleMs */
async function isFree(file, staleMs) {
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
