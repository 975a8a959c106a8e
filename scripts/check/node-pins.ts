/**
 * The Node that the launcher fetches: every platform's tarball is pinned, and npm itself has written down the same. Its record lies in
 * scripts/launch/node-packages, which is never installed: package-lock.json cannot name packages that only an old Node needs. After
 * another version in its package.json, `npm install --package-lock-only` there writes it anew.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { nodeIntegrity, nodeVersionOf, platformPackages } from '../launch/node-version.mjs';
import { root } from '../test/tools.ts';

const recordFile = 'scripts/launch/node-packages/package-lock.json';
const lockSchema = z.object({
  packages: z.record(z.string(), z.object({ version: z.string().optional(), integrity: z.string().optional() })),
});

/** @param lock npm's record, parsed @returns what is wrong, a line each */
export function nodePinProblems(lock: unknown, pins: Readonly<Record<string, string>> = nodeIntegrity): string[] {
  const { packages } = lockSchema.parse(lock);
  const problems: string[] = [];
  for (const name of platformPackages.values()) {
    const pin = pins[name] ?? '';
    if (!/^sha512-[A-Za-z0-9+/]{86}==$/.test(pin))
      problems.push(`${name} has no SHA-512 in scripts/launch/node-version.mjs`);
    const { version, integrity } = packages[`node_modules/${name}`] ?? {};
    const wanted = nodeVersionOf(name);
    if (version !== wanted) problems.push(`${name}@${wanted} is not in ${recordFile}`);
    else if (integrity !== pin) problems.push(`${name}@${wanted} is another one in ${recordFile}`);
  }
  const known = new Set(platformPackages.values());
  const recorded = Object.keys(packages).filter((place) => place !== '');
  for (const name of [...Object.keys(pins), ...recorded.map((place) => place.replace('node_modules/', ''))])
    if (!known.has(name)) problems.push(`${name} is pinned for no platform`);
  return problems;
}

/** For `npm run check`: says what is wrong. @returns an exit code */
export function checkNodePins(): number {
  const problems = nodePinProblems(JSON.parse(readFileSync(path.join(root, recordFile), 'utf8')));
  for (const problem of problems) console.error(problem);
  return problems.length === 0 ? 0 : 1;
}
