import path from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../test/tools.ts';
import { parsePackageArgs, WrongUse } from './package-args.ts';

test.each([
  [[], { systems: ['win', 'mac', 'linux'], quick: false, sign: false, out: path.join(root, 'out') }],
  [['linux', 'linux'], { systems: ['linux'] }],
  [['win', '--quick', '--sign', '--arch', 'arm64'], { systems: ['win'], quick: true, sign: true, arch: 'arm64' }],
  [['mac', '--url', 'https://example.com/dl/'], { address: 'https://example.com/dl' }],
])('%j', (args, expected) => expect(parsePackageArgs(args)).toMatchObject(expected));

test.each([[['windows']], [['--fast']], [['linux', '--arch', 'mips']], [['__proto__']]])(
  '%j is refused with the usage',
  (args) => {
    expect(() => parsePackageArgs(args)).toThrow(WrongUse);
    expect(() => parsePackageArgs(args)).toThrow('npm run package -- [win|mac|linux]');
  },
);
