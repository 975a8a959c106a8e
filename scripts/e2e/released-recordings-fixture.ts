/** The recordings that lay beside the database of version 0.1.0, made again: those in hybrid MP4 byte for byte. */
import { utimesSync } from 'node:fs';
import path from 'node:path';
import { containerFor, RecordingFile } from '../rig/simulated-obs/recording-file.ts';

/** Bitrates of the fixture's recordings, kbit/s. */
const low = 2500;
const high = 40_000;

/** How a file was written. `head`, `index`: when OBS wrote each, s since 1970; they are in the file. `modified`: its last write, ms. */
interface Written {
  readonly frames: number;
  readonly kbps: number;
  readonly head: number;
  /** null: OBS was gone before. */
  readonly index: number | null;
  readonly modified: number;
  /** Frames in the files before it. */
  readonly firstFrame?: number;
}

const hybridMp4: Readonly<Record<string, Written>> = {
  '2026-11-28 16-53-05': { frames: 10, kbps: low, head: 1795884786, index: 1795884786, modified: 1795884786653 },
  '2026-11-28 16-53-08': { frames: 10, kbps: low, head: 1795884789, index: 1795884789, modified: 1795884789317 },
  'Partie en deux': { frames: 10, kbps: low, head: 1795884793, index: 1795884793, modified: 1795884793729 },
  'Partie en deux (2)': {
    ...{ frames: 15, firstFrame: 10, kbps: low, head: 1795884794, index: 1795884795, modified: 1795884795441 },
  },
  Coupure: { frames: 10, kbps: low, head: 1795884802, index: null, modified: 1795884802705 },
  'Sans témoin': { frames: 10, kbps: low, head: 1795884844, index: 1795884844, modified: 1795884844981 },
  Ratée: { frames: 35, kbps: high, head: 1795884846, index: 1795884849, modified: 1795884849747 },
  'Attente du stockage': { frames: 10, kbps: low, head: 1795884851, index: 1795884851, modified: 1795884851529 },
  'Presque finie': { frames: 10, kbps: low, head: 1795884853, index: 1795884853, modified: 1795884853329 },
  'En pause': { frames: 31, kbps: high, head: 1795884854, index: 1795884857, modified: 1795884857185 },
  Refusée: { frames: 40, kbps: high, head: 1795884858, index: 1795884862, modified: 1795884862105 },
  Annulée: { frames: 40, kbps: high, head: 1795884866, index: 1795884870, modified: 1795884870102 },
  'En route': { frames: 40, kbps: high, head: 1795884871, index: 1795884874, modified: 1795884874913 },
  'Émission en cours': { frames: 30, kbps: high, head: 1795884882, index: null, modified: 1795884885320 },
};

/** Their UIDs are random: each has its size, and other bytes than it had. */
const mkv: Readonly<Record<string, Written>> = {
  'Premier essai': { frames: 10, kbps: low, head: 1795884769, index: 1795884769, modified: 1795884769280 },
  '2026-11-28 16-52-51': { frames: 10, kbps: low, head: 1795884772, index: 1795884772, modified: 1795884772960 },
  'Deuxième essai': { frames: 10, kbps: low, head: 1795884774, index: 1795884774, modified: 1795884774750 },
};

/**
 * Makes them all in one folder, but for those that nobody asks for any more.
 * @returns puts the head of “Se termine” right, which OBS has not done yet
 */
export function remakeRecordings(folder: string): () => void {
  const make = (name: string, format: 'hybrid_mp4' | 'mkv', written: Omit<Written, 'modified'>) => {
    const { frames, kbps, head, index, firstFrame = 0 } = written;
    const container = containerFor(format);
    const file = new RecordingFile(path.join(folder, name), container, kbps, firstFrame);
    withClock(head, () => file.encodeUpTo(frames));
    return { file, putHeadRight: index === null ? () => {} : withClock(index, () => file.finish()) };
  };
  for (const [format, files] of [['hybrid_mp4', hybridMp4] as const, ['mkv', mkv] as const]) {
    for (const [name, written] of Object.entries(files)) {
      const { file, putHeadRight } = make(`${name}.${format === 'mkv' ? 'mkv' : 'mp4'}`, format, written);
      putHeadRight();
      file.abandon();
      utimesSync(file.path, written.modified / 1000, written.modified / 1000);
    }
  }
  const late = { frames: 10, kbps: low, head: 1795884876, index: 1795884876 };
  const { file, putHeadRight } = make('Se termine.mp4', 'hybrid_mp4', late);
  return () => {
    putHeadRight();
    file.abandon();
  };
}

/** @param seconds what the clock says meanwhile, since 1970 */
function withClock<T>(seconds: number, work: () => T): T {
  const { now } = Date;
  Date.now = () => seconds * 1000;
  try {
    return work();
  } finally {
    Date.now = now;
  }
}
