/** What holds whatever a stranger sent. */
import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';

/** What clients are told has no secret, no control or bidi characters, no link that works without keys, and an end. */
export function expectClean(told: unknown, secrets: readonly string[], mostCharacters = 100_000): void {
  const text = JSON.stringify(told);
  for (const secret of secrets) expect(text).not.toContain(secret);
  expect(text).not.toMatch(/\\u00[01]|\\u007f|[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
  expect(text).not.toMatch(/X-Amz-Signature|Signature=/i);
  expect(text.length).toBeLessThan(mostCharacters);
}

/** The process has never had more than 400 MB in memory; looked at on Linux. An agent that has sent something has about 150. */
export async function expectSmall(pid: number): Promise<void> {
  if (process.platform !== 'linux') return;
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  expect(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]), 'kB').toBeLessThan(400_000);
}
