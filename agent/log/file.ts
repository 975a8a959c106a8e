/** A log file that never grows without bound: one older file is kept beside it. */
import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

const defaultLimitBytes = 5_000_000;

export interface LogFile {
  write(line: string): void;
  close(): void;
}

/**
 * Opens a log file for appending, for its owner only, and renames it to `<file>.1` whenever it has more than `limitBytes`.
 * While another program holds the older file, it goes on in the same one, and tries again a tenth of the limit later.
 * Writes at once, so that the last lines before a crash are there. A full disk loses lines, never the agent.
 */
export function openLogFile(file: string, limitBytes = defaultLimitBytes): LogFile {
  let descriptor: number | undefined = openSync(file, 'a', 0o600);
  let size = fstatSync(descriptor).size;
  /** Bytes from which on it makes way for a new one. */
  let full = limitBytes;

  const rotate = (): void => {
    // Closed first: Windows renames no file that is open.
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
    try {
      renameSync(file, `${file}.1`);
      full = limitBytes;
    } catch {
      // Another program holds one of them.
      full = size + limitBytes / 10;
    }
    descriptor = openSync(file, 'a', 0o600);
    size = fstatSync(descriptor).size;
  };

  return {
    write(line) {
      try {
        if (size > full) rotate();
        if (descriptor !== undefined) size += writeSync(descriptor, line);
      } catch {
        // The log is where it would be said.
      }
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
      size = 0;
    },
  };
}
