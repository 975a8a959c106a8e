/** A log file that never grows without bound: one older file is kept beside it. */
import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

const defaultLimitBytes = 5_000_000;

export interface LogFile {
  write(line: string): void;
  close(): void;
}

/**
 * Opens a log file for appending, for its owner only, and renames it to `<file>.1` whenever it has more than `limitBytes`.
 * Writes at once, so that the last lines before a crash are there. A full disk loses lines, never the agent.
 */
export function openLogFile(file: string, limitBytes = defaultLimitBytes): LogFile {
  let descriptor: number | undefined = openSync(file, 'a', 0o600);
  let size = fstatSync(descriptor).size;

  const rotate = (): void => {
    // Closed first: Windows renames no file that is open.
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
    try {
      renameSync(file, `${file}.1`);
    } catch {
      // Another program holds it; go on in the same file.
    }
    descriptor = openSync(file, 'a', 0o600);
    size = fstatSync(descriptor).size;
  };

  return {
    write(line) {
      try {
        if (size > limitBytes) rotate();
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
