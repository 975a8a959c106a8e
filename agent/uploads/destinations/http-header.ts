/** One header out of those that node:http and undici read. */
// Tests: processing/processing.test.ts

/** @param name in lower case. @returns the first of several; null where there is none */
export function headerOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  name: string,
): string | null {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? null;
}
