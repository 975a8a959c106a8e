/**
 * Waits until OBS has really closed a file. STOPPED is not the end: hybrid MP4 is rewritten after it, a split's old file is
 * closed after the new one was announced, and after a crash nobody closes it at all.
 */
import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Container } from '../../shared/domain.ts';
import { type Probe, probeContainer } from './container.ts';
import { inodeOf } from './recording-file.ts';

export type Finalised =
  | {
      readonly found: true;
      readonly bytes: number;
      readonly container: Container;
      /** null: the container does not tell, and OBS did not say that it ended. */
      readonly finalised: boolean | null;
      /** Last write, whole ms since 1970. */
      readonly modifiedAt: number;
      readonly inode: string;
    }
  | { readonly found: false };

/** How long a file must not have changed to be believed, by what its bytes say (ms). */
export const quietMs = {
  /** It says that it is closed: one more look, since writes to head and tail are several. */
  closed: 200,
  /** It cannot say, and nobody said that OBS is done. */
  unmarked: 2000,
  /** It cannot say, but OBS stopped, and its muxer ends before it says so (obs-studio, obs-ffmpeg-mux.c, `deactivate`). */
  unmarkedAfterStop: 500,
  /**
   * It says that it is open although OBS stopped: OBS may be slow (index of a long recording on a slow disk). Or it cannot be
   * read: a virus scanner holds it, its disk is away for a moment.
   */
  openAfterStop: 30_000,
  /** It says that it is open and OBS is gone or does not record: nobody will close it. */
  openAfterLoss: 5000,
  /** It is not there. */
  missing: 5000,
} as const;
const lookEveryMs = 100;

export interface FinalisePorts {
  /** As `lookAt`. */
  readonly look: (path: string) => Promise<Look | null>;
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface Look extends Probe {
  readonly bytes: number;
  readonly modifiedAt: number;
  readonly inode: string;
}

/** What can be said of a path now. */
type Seen = Look | 'missing' | 'unreadable';

const realPorts: FinalisePorts = {
  look: lookAt,
  now: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
};

/**
 * @param clean OBS said that the recording stopped; read at each look, since its word can come late
 * @throws AbortError when `signal` is aborted
 */
export async function finalise(
  path: string,
  clean: () => boolean,
  signal: AbortSignal,
  ports: FinalisePorts = realPorts,
): Promise<Finalised> {
  let last = await see(path, ports);
  let unchangedSince = ports.now();
  for (;;) {
    const seen = await see(path, ports);
    if (!isSame(seen, last)) unchangedSince = ports.now();
    last = seen;
    if (ports.now() - unchangedSince >= patience(seen, clean())) return verdict(seen, clean());
    await ports.sleep(lookEveryMs, signal);
  }
}

/**
 * What a file is that OBS has closed long ago, if it is there.
 * @param clean OBS said that the recording stopped
 * @throws the file system's error when it is there, and cannot be read
 */
export async function finalisedNow(path: string, clean: boolean): Promise<Finalised> {
  return verdict((await lookAt(path)) ?? 'missing', clean);
}

async function see(path: string, { look }: FinalisePorts): Promise<Seen> {
  try {
    return (await look(path)) ?? 'missing';
  } catch (error) {
    if (isFileError(error)) return 'unreadable';
    throw error;
  }
}

function isSame(a: Seen, b: Seen): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  return a.bytes === b.bytes && a.modifiedAt === b.modifiedAt && a.inode === b.inode && a.closed === b.closed;
}

function patience(seen: Seen, clean: boolean): number {
  if (seen === 'missing') return quietMs.missing;
  if (seen === 'unreadable') return quietMs.openAfterStop;
  if (seen.closed === 'open') return clean ? quietMs.openAfterStop : quietMs.openAfterLoss;
  if (seen.closed === 'unmarked') return clean ? quietMs.unmarkedAfterStop : quietMs.unmarked;
  return quietMs.closed;
}

function verdict(seen: Seen, clean: boolean): Finalised {
  if (typeof seen === 'string') return { found: false };
  const { bytes, container, modifiedAt, inode, closed } = seen;
  const finalised = closed === 'unmarked' ? (clean ? true : null) : closed === 'closed';
  return { found: true, bytes, container, finalised, modifiedAt, inode };
}

/**
 * @returns null: there is no such file
 * @throws the file system's error when it is there, and cannot be read (yet)
 */
export async function lookAt(path: string): Promise<Look | null> {
  try {
    await using file = await open(path, 'r');
    const stats = await file.stat({ bigint: true });
    const bytes = Number(stats.size);
    const facts = { bytes, modifiedAt: Number(stats.mtimeMs), inode: inodeOf(stats) };
    return { ...(await probeContainer(file, bytes)), ...facts };
  } catch (error) {
    if (isFileError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null;
    throw error;
  }
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
