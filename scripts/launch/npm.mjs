import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { LaunchError } from './messages.mjs';
import { minimumNode } from './node-version.mjs';

const npmCli = 'npm-cli.js';

/**
 * How to run npm. Its own JavaScript file comes first: it needs no shell, which Windows demands for `npm.cmd`.
 * @param {Record<string, string | undefined>} env
 * @param {string} execPath the running Node
 * @returns {{ file: string, args: string[], shell: boolean }}
 * @throws {LaunchError} when there is no npm
 */
export function findNpm(env = process.env, execPath = process.execPath, platform = process.platform) {
  const script = (/** @type {string} */ file) => ({ file: execPath, args: [file], shell: false });

  // Set by `npm run`; pnpm and yarn set it to themselves.
  const running = env.npm_execpath;
  if (running && path.basename(running) === npmCli && existsSync(running)) return script(running);

  const windows = platform === 'win32';
  const beside = path.dirname(execPath);
  const searchPath = Object.entries(env).find(([key]) => key.toUpperCase() === 'PATH')?.[1] ?? '';
  for (const folder of [beside, ...searchPath.split(path.delimiter).filter(Boolean)]) {
    const library = windows ? folder : path.join(folder, '..', 'lib');
    const bundled = path.join(library, 'node_modules', 'npm', 'bin', npmCli);
    if (existsSync(bundled)) return script(bundled);
    const program = path.join(folder, windows ? 'npm.cmd' : 'npm');
    if (!existsSync(program)) continue;
    if (windows) return { file: `"${program}"`, args: [], shell: true };
    const real = realpathSync(program);
    return path.basename(real) === npmCli ? script(real) : { file: program, args: [], shell: false };
  }
  throw new LaunchError('noNpm', { minimum: String(minimumNode) });
}

/**
 * Runs npm quietly in `cwd`.
 * @param {string[]} args
 * @param {string} cwd
 * @param {AbortSignal} interrupted ends npm; the failure comes once it has ended
 * @throws {LaunchError} with one sentence for npm's failure
 */
export async function runNpm(args, cwd, interrupted) {
  const npm = findNpm();
  // Said here because the user's configuration could say otherwise: no install scripts, nothing but errors in the
  // output, and packages judged by the Node that will run them, not by the one that runs npm.
  const always = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
  const given = [...args, ...always, '--engine-strict=false'];
  const child = spawn(npm.file, [...npm.args, ...(npm.shell ? given.map((arg) => `"${arg}"`) : given)], {
    cwd,
    shell: npm.shell,
    windowsHide: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  interrupted.addEventListener('abort', () => void child.kill());
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    output = (output + text).slice(-20_000);
  });
  /** @type {number | null} */
  const code = await new Promise((resolve) => {
    child.on('error', (error) => {
      output += `npm error ${error.message}`;
      resolve(null);
    });
    child.on('close', resolve);
  });
  if (code !== 0) throw npmFailure(output);
}

/** npm's and the system's error codes, by the sentence that fits them. */
const causes = [
  {
    code: 'npmNetwork',
    matches: /^(ENOTFOUND|EAI_AGAIN|ECONN\w+|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ERR_SOCKET\w*|ENOTCACHED|E5\d\d)$/,
  },
  { code: 'npmNetwork', matches: /CERT/ },
  { code: 'npmSpace', matches: /^(ENOSPC|EDQUOT)$/ },
  { code: 'npmPermission', matches: /^(EACCES|EPERM|EROFS|EBUSY|ENOTEMPTY)$/ },
  { code: 'npmLock', matches: /^EUSAGE$/ },
  { code: 'npmIntegrity', matches: /^EINTEGRITY$/ },
];

/**
 * One sentence from what npm printed.
 * @param {string} output npm's stderr; npm 10 and newer begin its lines with `npm error`, older ones with `npm ERR!`
 * @returns {LaunchError}
 */
export function npmFailure(output) {
  const lines = output
    .split('\n')
    .map((line) => /^npm (?:error|ERR!) ?(.*)$/.exec(line.trim())?.[1]?.trim() ?? '')
    .filter(Boolean);
  const code = lines.map((line) => /^code (\S+)$/.exec(line)?.[1]).find(Boolean) ?? '';
  const cause = causes.find(({ matches }) => matches.test(code));
  if (cause) return new LaunchError(cause.code, { detail: code });
  const first = lines.find((line) => !/^(code|errno|syscall|path) /.test(line)) ?? output.trim().split('\n').pop();
  return new LaunchError('npmOther', { detail: [code, first].filter(Boolean).join(', ') });
}
