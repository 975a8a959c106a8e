/**
 * Waits until OBS has closed a file. OBS's STOPPED does not mean that: it rewrites a hybrid MP4 afterwards, it closes a split's
 * old file after it has announced the new one, and after a crash nobody closes the file at all.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Container } from '../../shared/domain.ts';
import { type ErrorCode, StreamAIError } from '../../shared/errors.ts';
import { type Probe, probeContainer } from './container.ts';
import { type OpenFile, openRecording } from './open-recording.ts';
import { inodeOf, modifiedAtOf } from './recording-file.ts';

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
  | {
      readonly found: false;
      /** What is there can be no recording. */
      readonly refused?: boolean;
      /** It is there, and for all this time could not be read. */
      readonly unreadable?: boolean;
    };

/** For how long a file must not have changed until what its bytes say is believed (ms). */
export const quietMs = {
  /** It says that it is closed: one more look, since writes to head and tail are several. */
  closed: 200,
  /** Its container has no mark, and OBS did not say that it stopped. */
  unmarked: 2000,
  /** Its container has no mark, and OBS said that it stopped: by then its muxer has ended (obs-ffmpeg-mux.c, `deactivate`). */
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
  /** It is a link, a pipe, a device: whatever becomes of it is not what OBS wrote. */
  refused: 0,
  /** Its drive does not answer: what it is can be said when it does. */
  away: Number.POSITIVE_INFINITY,
} as const;
/**
 * The same where another machine writes it, and its share is seen through a cache: size and time come in jumps, and a new name seconds
 * later (nfs(5): `acregmax`, `acdirmax`, up to a minute, of which opening a file spares the size; mount.cifs(8): `actimeo`).
 */
export const quietOnShareMs: QuietMs = {
  ...quietMs,
  ...{ closed: 2000, unmarked: 5000, unmarkedAfterStop: 5000, missing: 70_000 },
};
export type QuietMs = Readonly<Record<keyof typeof quietMs, number>>;
const lookEveryMs = 100;

export interface FinalisePorts {
  /** As `lookAt`. Called every `lookEveryMs`. */
  readonly look: (path: string) => Promise<Look | null>;
  /** ms, from any moment on. */
  readonly now: () => number;
  /** Left out: as on a disk of this machine. */
  readonly quiet?: QuietMs;
  /** Called between two looks. Rejects when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface Look extends Probe {
  readonly bytes: number;
  readonly modifiedAt: number;
  readonly inode: string;
  /** The user's id; 0 on Windows. */
  readonly owner: number;
  /** How many names the file has on its disk. */
  readonly names: number;
}

/** What can be said of a path now. */
type Seen = Look | 'missing' | 'unreadable' | 'refused' | 'away';

/** The file as it is, this machine's clock. */
export const realPorts: FinalisePorts = {
  look: lookAt,
  now: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
};

/**
 * Waits until a file says that OBS has closed it, or until it has not changed for so long that nobody will.
 * @param stopped whether OBS said that the recording stopped; asked at each look, since OBS can say it late
 * @throws AbortError when `signal` is aborted
 */
export async function finalise(
  path: string,
  stopped: () => boolean,
  signal: AbortSignal,
  ports: FinalisePorts = realPorts,
): Promise<Finalised> {
  let last = await see(path, ports);
  let unchangedSince = ports.now();
  for (;;) {
    const seen = await see(path, ports);
    if (!isSame(seen, last)) unchangedSince = ports.now();
    last = seen;
    if (ports.now() - unchangedSince >= patience(seen, stopped(), ports.quiet ?? quietMs))
      return verdict(seen, stopped());
    await ports.sleep(lookEveryMs, signal);
  }
}

/**
 * What a file is that OBS closed long ago, if it is there; without waiting.
 * @param stopped whether OBS said that the recording stopped
 * @throws the file system's error when it is there, and cannot be read
 */
export async function finalisedNow(path: string, stopped: boolean): Promise<Finalised> {
  return verdict((await lookAt(path)) ?? 'missing', stopped);
}

async function see(path: string, { look }: FinalisePorts): Promise<Seen> {
  try {
    return (await look(path)) ?? 'missing';
  } catch (error) {
    if (isFileError(error)) return 'unreadable';
    if (error instanceof StreamAIError) return seenAs[error.code] ?? 'unreadable';
    throw error;
  }
}

const seenAs: Readonly<Partial<Record<ErrorCode, Seen>>> = { file_refused: 'refused', file_away: 'away' };

function isSame(a: Seen, b: Seen): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  return a.bytes === b.bytes && a.modifiedAt === b.modifiedAt && a.inode === b.inode && a.closed === b.closed;
}

function patience(seen: Seen, stopped: boolean, quiet: QuietMs): number {
  if (seen === 'unreadable') return quiet.openAfterStop;
  if (typeof seen === 'string') return quiet[seen];
  if (seen.closed === 'open') return stopped ? quiet.openAfterStop : quiet.openAfterLoss;
  if (seen.closed === 'unmarked') return stopped ? quiet.unmarkedAfterStop : quiet.unmarked;
  return quiet.closed;
}

function verdict(seen: Seen, stopped: boolean): Finalised {
  if (seen === 'refused' || seen === 'unreadable') return { found: false, [seen]: true };
  if (typeof seen === 'string') return { found: false };
  const { bytes, container, modifiedAt, inode, closed } = seen;
  const finalised = closed === 'unmarked' ? (stopped ? true : null) : closed === 'closed';
  return { found: true, bytes, container, finalised, modifiedAt, inode };
}

/**
 * What a file is at this moment.
 * @returns null: there is no such file
 * @throws the file system's error when it is there, and cannot be read (yet); StreamAIError file_refused | file_away | file_unreadable
 */
export async function lookAt(path: string): Promise<Look | null> {
  let file: OpenFile | undefined;
  try {
    file = await openRecording(path);
    const stats = await file.stat({ bigint: true });
    const bytes = Number(stats.size);
    const facts = {
      ...{ bytes, modifiedAt: modifiedAtOf(stats), inode: inodeOf(stats) },
      ...{ owner: Number(stats.uid), names: Number(stats.nlink) },
    };
    return { ...(await probeContainer(file, bytes)), ...facts };
  } catch (error) {
    if (isFileError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null;
    throw error;
  } finally {
    await file?.close();
  }
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
