/**
 * Which closed files are sent, and deleted, without asking. OBS names the file, and OBS is another program: what it names may be
 * anything that the user can read. A recording of this session is, as far as can be seen:
 *
 * - of a container, by its first bytes
 * - written after the session began
 * - in a folder that OBS records into, as OBS said when it was asked
 * - the user's own, and without a second name on its disk
 *
 * Of a file that is not, the card asks. The answer counts for all files of its folder with the same doubt, from then on.
 */
import path from 'node:path';
import * as z from 'zod';
import type { ErrorInfo } from '../../shared/errors.ts';
import { disk } from '../files/disk.ts';
import { fileWork } from '../files/file-work.ts';
import { type Look, lookAt } from '../files/finalise.ts';
import { checkPath } from '../files/open-recording.ts';
import { isBelow } from '../files/path-rules.ts';
import type { StateStore } from '../storage/state-store.ts';
import type { Run } from './session-state.ts';

export const doubts = [
  'file_held_format',
  'file_held_old',
  'file_held_outside',
  'file_held_owner',
  'file_held_linked',
] as const;
export type Doubt = (typeof doubts)[number];

const foldersName = 'obs.recordFolders';
const foldersSchema = z.array(z.string());
/** Of the folders that OBS records into, so many are remembered: profiles differ, and a file can be closed while OBS is away. */
const mostFolders = 20;
const allowedName = 'files.allowed';
const allowedSchema = z.array(z.object({ doubt: z.enum(doubts), folder: z.string() }));

/** Clocks of file servers are not always right (ms). */
const slackMs = 60_000;

/**
 * File systems whose owners are made up: by a server, or because the disk has none (statfs(2): NFS, SMB2, CIFS, 9P, FUSE, FAT,
 * exFAT, NTFS, ntfs3).
 */
const ownerlessTypes: ReadonlySet<number> = new Set([
  ...[0x6969, 0xfe534d42, 0xff534d42, 0x01021997, 0x65735546],
  ...[0x4d44, 0x2011bab0, 0x5346544e, 0x7366746e],
]);

export interface FileJudgePorts {
  readonly state: StateStore;
  /** Called where a file lies in no folder that is known: asks OBS anew where it records, and resolves when `recordsInto` was told. */
  refresh(): Promise<void>;
  /** As `statfs` says it; left out: it is asked. */
  readonly typeOf?: (folder: string) => Promise<number>;
  /** The user's id; left out: this process's. */
  readonly user?: number;
}

export class FileJudge {
  readonly #ports: FileJudgePorts;

  constructor(ports: FileJudgePorts) {
    this.#ports = ports;
  }

  /** OBS says that it records into this folder. The root of a disk would mean all of it. */
  recordsInto(folder: string): void {
    const { state } = this.#ports;
    const known = this.#folders();
    if (known[0] === folder || isRoot(folder)) return;
    state.set(foldersName, [folder, ...known.filter((each) => each !== folder)].slice(0, mostFolders));
  }

  /** Of the first start of a version that asks: the folders whose recordings were sent before it. */
  adopt(folders: () => readonly string[]): void {
    const { state } = this.#ports;
    if (state.get(foldersName, foldersSchema) !== undefined) return;
    state.set(
      foldersName,
      folders()
        .filter((folder) => !isRoot(folder))
        .slice(0, mostFolders),
    );
  }

  /**
   * What speaks against sending a file by itself: all of it, since a person's word for one of these says nothing of the others.
   * @param startedAt `begunAt` of its session
   * @throws what `lookAt` throws
   */
  async doubts(file: string, startedAt: number): Promise<readonly Doubt[]> {
    const look = await lookAt(file);
    if (look === null) return [];
    const first = await this.#doubtsOf(file, look, startedAt);
    if (!first.includes('file_held_outside')) return first;
    // A person may have given OBS another folder a moment before.
    await this.#ports.refresh();
    return this.#doubtsOf(file, look, startedAt);
  }

  async #doubtsOf(file: string, look: Look, startedAt: number): Promise<readonly Doubt[]> {
    const found: Doubt[] = [];
    for (const doubt of doubts) {
      if (!this.#isAllowed(doubt, file) && (await this.#applies(doubt, file, look, startedAt))) found.push(doubt);
    }
    return found;
  }

  /** Whether what lies there by now can be sent while it is written. */
  async isRecording(file: string, startedAt: number): Promise<boolean> {
    try {
      const look = await lookAt(file);
      return look !== null && look.bytes > 0 && (await this.#doubtsOf(file, look, startedAt)).length === 0;
    } catch {
      return false;
    }
  }

  /** A person says that files in this folder are theirs, whatever this doubt. */
  allow(doubt: Doubt, folder: string): void {
    const { state } = this.#ports;
    const allowed = state.get(allowedName, allowedSchema) ?? [];
    state.set(allowedName, [...allowed, { doubt, folder }]);
  }

  async #applies(doubt: Doubt, file: string, look: Look, startedAt: number): Promise<boolean> {
    switch (doubt) {
      case 'file_held_format':
        return !look.recognised;
      case 'file_held_old':
        return look.modifiedAt < startedAt - slackMs;
      case 'file_held_outside':
        return !(await this.#isWhereObsRecords(file));
      case 'file_held_owner':
        return this.#isForeign(file, look.owner);
      case 'file_held_linked':
        return look.names > 1;
    }
  }

  #folders(): readonly string[] {
    return this.#ports.state.get(foldersName, foldersSchema) ?? [];
  }

  #isAllowed(doubt: Doubt, file: string): boolean {
    const allowed = this.#ports.state.get(allowedName, allowedSchema) ?? [];
    return allowed.some((each) => each.doubt === doubt && isBelow(each.folder, file));
  }

  /** By where they really lie: OBS's folder may be a link, and so may a folder in it. */
  async #isWhereObsRecords(file: string): Promise<boolean> {
    const really = async (folder: string): Promise<string | null> => {
      try {
        checkPath(folder);
        return await fileWork.doIn(folder, () => disk.realpath(folder));
      } catch {
        return null;
      }
    };
    const place = await really(path.dirname(file));
    for (const folder of place === null ? [] : this.#folders()) {
      const real = await really(folder);
      if (real !== null && place !== null && isBelow(real, place)) return true;
    }
    return false;
  }

  async #isForeign(file: string, owner: number): Promise<boolean> {
    const { user = process.getuid?.(), typeOf = fileSystemType } = this.#ports;
    if (user === undefined || owner === user) return false;
    return !ownerlessTypes.has(await typeOf(path.dirname(file)));
  }
}

const fileSystemType = async (folder: string): Promise<number> =>
  (await fileWork.doIn(folder, () => disk.statfs(folder))).type;

/**
 * When a session began, ms since 1970, for comparing it with files' times. Where the machine's clock was set back meanwhile, by the clock as
 * it is now: then files have such times.
 */
export function begunAt({ startedAt, asOf }: Pick<Run, 'startedAt' | 'asOf'>, now = Date.now()): number {
  return Math.min(startedAt, now - asOf.elapsedMs);
}

/** Whether a notice holds a file back. */
export const isHolding = ({ code }: Pick<ErrorInfo, 'code'>): boolean => doubts.some((doubt) => doubt === code);

/** Whether a file of a session waits for a person's word. */
export function isHeld({ notices }: { readonly notices: readonly ErrorInfo[] }, file: string): boolean {
  return notices.some((notice) => isHolding(notice) && notice.params?.file === file);
}

/** Whether it waits in vain: a person said to leave it. */
export function isLeft({ notices }: { readonly notices: readonly ErrorInfo[] }, file: string): boolean {
  return notices.some((notice) => isHolding(notice) && notice.params?.file === file && notice.params.left === 1);
}

/** Of a disk. */
const isRoot = (folder: string): boolean => path.parse(folder).root === folder;
