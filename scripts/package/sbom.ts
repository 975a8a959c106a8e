/** What is in the packages, as CycloneDX has it: npm's list of our dependencies, and Node. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as z from 'zod';
import { findNpm } from '../launch/npm.mjs';
import { run } from '../rig/processes.ts';
import { root } from '../test/tools.ts';
import type { Target } from './targets.ts';

const bomSchema = z.looseObject({
  metadata: z.looseObject({ component: z.looseObject({ 'bom-ref': z.string() }) }),
  components: z.array(z.looseObject({ 'bom-ref': z.string() })),
  dependencies: z.array(z.looseObject({ ref: z.string(), dependsOn: z.array(z.string()) })),
});

/**
 * The list, as the text of a file: of what package-lock.json names, and the same from the same checkout.
 * @param epoch the time in it, seconds since 1970
 */
export async function sbom(targets: readonly Target[], epoch: number): Promise<string> {
  return withNode(bomSchema.parse(JSON.parse(await npmSbom())), targets, epoch);
}

async function npmSbom(): Promise<string> {
  const npm = findNpm();
  const cache = await mkdtemp(path.join(tmpdir(), 'streamai-sbom-'));
  try {
    const args = [
      'sbom',
      '--sbom-format=cyclonedx',
      '--omit=dev',
      '--package-lock-only',
      '--offline',
      `--cache=${cache}`,
    ];
    return await run(npm.file, [...npm.args, ...args], { cwd: root });
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
}

/** npm's list with Node's programs in it, and without what npm makes up anew each time. */
export function withNode(bom: z.infer<typeof bomSchema>, targets: readonly Target[], epoch: number): string {
  const programs = targets.map(({ node: { name, version, integrity } }) => ({
    'bom-ref': `${name}@${version}`,
    type: 'application',
    name,
    version,
    scope: 'required',
    description: 'Node.js, as its makers built and signed it',
    purl: `pkg:npm/${name}@${version}`,
    hashes: [{ alg: 'SHA-512', content: Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex') }],
    licenses: [{ license: { id: 'MIT' } }],
  }));
  const own = bom.metadata.component['bom-ref'];
  const content = {
    ...bom,
    metadata: { ...bom.metadata, timestamp: new Date(epoch * 1000).toISOString() },
    components: [...bom.components, ...programs],
    dependencies: [
      ...bom.dependencies.map((each) =>
        each.ref === own ? { ...each, dependsOn: [...each.dependsOn, ...programs.map((one) => one['bom-ref'])] } : each,
      ),
      ...programs.map((one) => ({ ref: one['bom-ref'], dependsOn: [] })),
    ],
  };
  const serialNumber = `urn:uuid:${uuidOf(JSON.stringify({ ...content, serialNumber: null }))}`;
  return `${JSON.stringify({ ...content, serialNumber }, null, 2)}\n`;
}

/** A UUID that says nothing but its content (RFC 9562, version 8). */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
