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
  /** Where the packages will be fetched from, which only Homebrew's formula names; without a `/` at its end. */
  readonly address: string;
}

/** A name that never leads anywhere (RFC 2606): to be replaced where the packages are published. */
const noAddress = 'https://example.invalid';

export class WrongUse extends Error {}

const usage = `npm run package -- [${Object.keys(systems).join('|')}] [--arch x64|arm64] [--quick] [--sign] [--out FOLDER] [--url ADDRESS]`;

/** @throws WrongUse */
export function parsePackageArgs(args: readonly string[]): PackageOptions {
  const { values, positionals } = parse(args);
  const named = positionals.filter(isSystem);
  if (named.length < positionals.length) throw new WrongUse(usage);
  const { arch, quick = false, sign = false, out = 'out', url = noAddress } = values;
  if (arch !== undefined && arch !== 'x64' && arch !== 'arm64') throw new WrongUse(usage);
  return {
    systems: named.length > 0 ? [...new Set(named)] : ['win', 'mac', 'linux'],
    ...(arch && { arch }),
    quick,
    sign,
    out: path.resolve(root, out),
    address: url.replace(/\/$/, ''),
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
        url: { type: 'string' },
      },
      allowPositionals: true,
    });
  } catch (cause) {
    throw new WrongUse(usage, { cause });
  }
}

const isSystem = (name: string): name is System => Object.hasOwn(systems, name);
