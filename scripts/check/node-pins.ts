/** The Node that the launcher fetches: every platform's tarball is pinned, as package-lock.json pins all other packages. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { nodeIntegrity, platformPackages, wantedNode } from '../launch/node-version.mjs';
import { root } from '../test/tools.ts';

const lockSchema = z.object({
  packages: z.record(z.string(), z.object({ version: z.string().optional(), integrity: z.string().optional() })),
});

/** @param lock package-lock.json, parsed @returns what is wrong, a line each */
export function nodePinProblems(lock: unknown, pins: Readonly<Record<string, string>> = nodeIntegrity): string[] {
  const { packages } = lockSchema.parse(lock);
  const problems: string[] = [];
  for (const name of platformPackages.values()) {
    const pin = pins[name] ?? '';
    if (!/^sha512-[A-Za-z0-9+/]{86}==$/.test(pin))
      problems.push(`${name} has no SHA-512 in scripts/launch/node-version.mjs`);
    for (const [place, { version, integrity }] of Object.entries(packages)) {
      const same = place.endsWith(`node_modules/${name}`) && version === wantedNode;
      if (same && integrity !== pin) problems.push(`${name}@${wantedNode} is another one in package-lock.json`);
    }
  }
  const known = new Set(platformPackages.values());
  for (const name of Object.keys(pins)) if (!known.has(name)) problems.push(`${name} is pinned for no platform`);
  return problems;
}

/** For `npm run check`: says what is wrong. @returns an exit code */
export function checkNodePins(): number {
  const problems = nodePinProblems(JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')));
  for (const problem of problems) console.error(problem);
  return problems.length === 0 ? 0 : 1;
}
