/**
 * Windows: a value of the registry's key Run, which is the user's own. What stands there is started at every login; a program with a
 * window would show one, so that it is the package's windowless starter.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { StreamAIError } from '../../../shared/errors.ts';
import { expectDone } from './autostart-file.ts';
import type { AutostartSystem } from './system.ts';
import type { Autostart, CommandLine } from './way.ts';

const key = 'HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run';
const valueName = 'StreamAI';
/** Longer ones are not started: https://learn.microsoft.com/windows/win32/setupapi/run-and-runonce-registry-keys */
const longest = 260;

export class RunKey implements Autostart {
  readonly kind = 'run-key';
  readonly place = `${key}\\${valueName}`;
  readonly #system: AutostartSystem;
  /** By its full path: a file of that name could lie where we were started. */
  readonly #reg: string;

  constructor(system: AutostartSystem) {
    this.#system = system;
    this.#reg = path.win32.join(system.env.SystemRoot ?? 'C:\\Windows', 'System32', 'reg.exe');
  }

  async isThere(): Promise<boolean> {
    return true;
  }

  async on(command: CommandLine): Promise<void> {
    const line = windowsCommandLine(command);
    if (line.length > longest)
      throw new StreamAIError('autostart_failed', { reason: `${line.length} > ${longest}: ${line}` });
    // REG_SZ: in REG_EXPAND_SZ a % would begin a variable.
    const args = ['add', key, '/v', valueName, '/t', 'REG_SZ', '/d', line, '/f'];
    expectDone('reg add', await this.#system.call(this.#reg, args));
  }

  async off(): Promise<void> {
    if ((await this.#system.call(this.#reg, ['query', key, '/v', valueName])).code !== 0) return;
    expectDone('reg delete', await this.#system.call(this.#reg, ['delete', key, '/v', valueName, '/f']));
  }

  /** What reg prints is in the console's code page; what it exports is UTF-16. */
  async look(): Promise<CommandLine | null> {
    const file = path.join(tmpdir(), `streamai-${randomUUID()}.reg`);
    try {
      const { code } = await this.#system.call(this.#reg, ['export', key, file, '/y']);
      return code === 0 ? commandInExport(readFileSync(file, 'utf16le')) : null;
    } catch {
      return null;
    } finally {
      rmSync(file, { force: true });
    }
  }
}

/** As CommandLineToArgvW takes it apart again: backslashes count only before a quote. */
export function windowsCommandLine([program, ...args]: CommandLine): string {
  // A path has no quotes, and is read up to the next one whatever is in it.
  return [`"${program}"`, ...args.map(quoted)].join(' ');
}

function quoted(arg: string): string {
  if (/^[^\s"]+$/.test(arg)) return arg;
  let text = '';
  let slashes = '';
  for (const character of arg) {
    if (character === '"') text += `${slashes}\\`;
    slashes = character === '\\' ? `${slashes}\\` : '';
    text += character;
  }
  return `"${text}${slashes}"`;
}

/** The command in what `reg export` writes; null where there is none. */
export function commandInExport(text: string): CommandLine | null {
  // `"StreamAI"="…"`, with a backslash before every quote and backslash of the value.
  const start = `"${valueName}"="`;
  const line = text.split(/\r?\n/).find((each) => each.startsWith(start) && each.endsWith('"'));
  const value = line?.slice(start.length, -1);
  return value === undefined ? null : windowsArguments(value.replace(/\\(.)/g, '$1'));
}

/** As CommandLineToArgvW has it; null where the program is not in quotes, as we never write it. */
function windowsArguments(line: string): CommandLine | null {
  const [, program, rest = ''] = /^"([^"]+)"(.*)$/.exec(line) ?? [];
  if (program === undefined) return null;
  const args: string[] = [];
  let arg: string | null = null;
  let inQuotes = false;
  for (const [piece] of rest.matchAll(/\\*"|\\+|[^\\"]/g)) {
    if (!inQuotes && /^\s$/.test(piece)) {
      if (arg !== null) args.push(arg);
      arg = null;
      continue;
    }
    const slashes = piece.endsWith('"') ? piece.length - 1 : 0;
    const isMark = piece.endsWith('"') && slashes % 2 === 0;
    if (isMark) inQuotes = !inQuotes;
    arg = (arg ?? '') + (piece.endsWith('"') ? '\\'.repeat(slashes / 2) + (isMark ? '' : '"') : piece);
  }
  return arg === null ? [program, ...args] : [program, ...args, arg];
}
