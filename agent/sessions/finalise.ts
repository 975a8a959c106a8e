/**
 * Waits until OBS has really closed a file. STOPPED is not the end: hybrid MP4 is rewritten after it, a split's old file is
 * closed after the new one was announced, and after a crash nobody closes it at all.
 */
import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Container } from '../../shared/domain.ts';
import { type Probe, probeContainer } from './container.ts';

export type Finalised =
  | {
      readonly found: true;
      readonly bytes: number;
      readonly container: Container;
      /** null: the container does not tell, and OBS did not say that it ended. */
      readonly finalised: boolean | null;
      /** Last write, ms since 1970. */
      readonly modifiedAt: number;
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
  /** It says that it is open although OBS stopped: OBS may be slow (index of a long recording on a slow disk). */
  openAfterStop: 30_000,
  /** It says that it is open and OBS is gone or does not record: nobody will close it. */
  openAfterLoss: 5000,
  /** It is not there. */
  missing: 5000,
} as const;
const lookEveryMs = 100;

export interface FinalisePorts {
  readonly look: (path: string) => Promise<Look | null>;
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface Look extends Probe {
  readonly bytes: number;
  readonly modifiedAt: number;
}

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
  let last = await ports.look(path);
  let unchangedSince = ports.now();
  for (;;) {
    const look: Look | null = await ports.look(path);
    if (look?.bytes !== last?.bytes || look?.modifiedAt !== last?.modifiedAt || look?.closed !== last?.closed)
      unchangedSince = ports.now();
    last = look;
    if (ports.now() - unchangedSince >= patience(look, clean())) return verdict(look, clean());
    await ports.sleep(lookEveryMs, signal);
  }
}

function patience(look: Look | null, clean: boolean): number {
  if (look === null) return quietMs.missing;
  if (look.closed === 'open') return clean ? quietMs.openAfterStop : quietMs.openAfterLoss;
  if (look.closed === 'unmarked') return clean ? quietMs.unmarkedAfterStop : quietMs.unmarked;
  return quietMs.closed;
}

function verdict(look: Look | null, clean: boolean): Finalised {
  if (look === null) return { found: false };
  const { bytes, container, modifiedAt, closed } = look;
  const finalised = closed === 'unmarked' ? (clean ? true : null) : closed === 'closed';
  return { found: true, bytes, container, finalised, modifiedAt };
}

/** null: there is no such file, or nobody may read it (yet). */
export async function lookAt(path: string): Promise<Look | null> {
  try {
    await using file = await open(path, 'r');
    const { size, mtimeMs } = await file.stat();
    return { ...(await probeContainer(file, size)), bytes: size, modifiedAt: mtimeMs };
  } catch {
    return null;
  }
}
