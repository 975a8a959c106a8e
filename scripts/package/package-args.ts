/** What was typed behind `npm run package`. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../test/tools.ts';
import { type System, systems, type Target } from './targets.ts';

export interface PackageOptions {
  readonly systems: readonly System[];
  /** Both without it. */
  readonly arch?: Target['arch'];
  readonly quick: boolean;
  readonly sign: boolean;
  readonly out: string;
}

export class WrongUse extends Error {}

const usage = `npm run package -- [${Object.keys(systems).join('|')}] [--arch x64|arm64] [--quick] [--sign] [--out FOLDER]`;

/** @throws WrongUse */
export function parsePackageArgs(args: readonly string[]): PackageOptions {
  const { values, positionals } = parse(args);
  const named = positionals.filter(isSystem);
  if (named.length < positionals.length) throw new WrongUse(usage);
  const { arch, quick = false, sign = false, out = 'out' } = values;
  if (arch !== undefined && arch !== 'x64' && arch !== 'arm64') throw new WrongUse(usage);
  return {
    systems: named.length > 0 ? [...new Set(named)] : ['win', 'mac', 'linux'],
    ...(arch && { arch }),
    quick,
    sign,
    out: path.resolve(root, out),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        arch: { type: 'string' },
        quick: { type: 'boolean' },
        sign: { type: 'boolean' },
        out: { type: 'string' },
      },
      allowPositionals: true,
    });
  } catch (cause) {
    throw new WrongUse(usage, { cause });
  }
}

const isSystem = (name: string): name is System => Object.hasOwn(systems, name);
