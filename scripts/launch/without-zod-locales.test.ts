import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { commands } from './commands.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const program = `
  import * as z from 'zod';
  const { error } = z.object({ port: z.int().max(9), name: z.string() }).safeParse({ port: 10.5 });
  console.log(JSON.stringify({ locales: Object.keys(z.locales), issues: error.issues }));
`;

test('the agent has zod with its English alone, and zod says what it says elsewhere', () => {
  const flags = [...(commands.start?.nodeFlags ?? []), '--input-type=module', '--eval', program];
  const { locales, issues } = JSON.parse(execFileSync(process.execPath, flags, { cwd: root, encoding: 'utf8' }));
  const { error } = z.object({ port: z.int().max(9), name: z.string() }).safeParse({ port: 10.5 });
  expect(locales).toEqual(['en']);
  expect(issues).toEqual(JSON.parse(JSON.stringify(error?.issues)));
});
