/** The bytes from `start` to `end`, both included. */
export type ByteRange = { start: number; end: number };

/**
 * Reads a Range header (RFC 9110, 14.1.2) for something of `size` bytes. Several ranges, or anything that cannot be
 * understood, may be ignored: `undefined` means everything. A range that lies outside is `unsatisfiable` (416).
 */
export function parseRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  const [first = '', last = ''] = match?.slice(1) ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < start) return undefined;
  return start >= size ? 'unsatisfiable' : { start, end };
}
