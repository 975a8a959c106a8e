/**
 * Sets an OBS up and takes that back: reads its files, plans, writes. Nothing is written while that OBS runs, and all of its files
 * are changed or none.
 */
import { randomBytes } from 'node:crypto';
import { type ErrorInfo, errorInfo, StreamAIError } from '../../../shared/errors.ts';
import { dockName, dockUuid, parseDocks, type WantedDock } from './dock-list.ts';
import { type FileEdit, readIfThere, removeFolders, replaceFiles } from './files.ts';
import { iniValues } from './ini-text.ts';
import type { FoundObs } from './installations.ts';
import { type Contents, planSetup, type SetupDid, type SetupPlan, withoutSetup } from './plan.ts';
import { type SetupFile, type SetupRecord, SetupRecords, sha256 } from './record.ts';
import type { IsObsRunning } from './running.ts';
import { possibleFiles, targetsOf } from './targets.ts';

export interface ObsSetupOptions {
  readonly dataDir: string;
  /** The dock's address as it is now. */
  readonly dock: (obs: FoundObs) => WantedDock;
  readonly isRunning: IsObsRunning;
  /** For an obs-websocket without one. Left out: a random one. */
  readonly newPassword?: () => string;
}

export class ObsSetup {
  readonly #records: SetupRecords;
  readonly #options: ObsSetupOptions;

  constructor(options: ObsSetupOptions) {
    this.#options = options;
    this.#records = new SetupRecords(options.dataDir);
  }

  /** What is missing. @throws StreamAIError setup_… */
  async plan(obs: FoundObs): Promise<SetupPlan> {
    return (await this.#plan(obs)).plan;
  }

  /**
   * Writes what is missing, after a backup. @returns what was done; nothing where nothing was missing
   * @throws StreamAIError setup_obs_running | setup_…; OBS's files are then as before
   */
  async apply(obs: FoundObs): Promise<readonly ErrorInfo[]> {
    const { plan, contents } = await this.#plan(obs);
    if (plan.edits.length === 0) return [];
    await this.#assertClosed(obs);
    const earlier = await this.#records.read(obs.root);
    const record = recordOf(plan, contents, earlier);
    await this.#records.write(obs.root, record);
    try {
      const made = await replaceFiles(plan.edits, () => this.#assertClosed(obs));
      if (made.length > 0) await this.#records.write(obs.root, { ...record, folders: [...record.folders, ...made] });
    } catch (error) {
      if (earlier) await this.#records.write(obs.root, earlier);
      else await this.#records.remove(obs.root);
      throw error;
    }
    return plan.changes;
  }

  /** What an undo would do, in words; empty where there is nothing to undo. */
  async undoPlan(obs: FoundObs): Promise<readonly ErrorInfo[]> {
    return (await this.#undoEdits(obs)).edits.map(({ edit, isWhole }) => undoWords(edit, isWhole));
  }

  /**
   * Takes away exactly what setup did: a file that nobody has changed since is as it was, byte for byte; of one that OBS or a person
   * has, our entries go. @returns what was done
   * @throws StreamAIError setup_obs_running | setup_file_…; OBS's files are then as before
   */
  async undo(obs: FoundObs): Promise<readonly ErrorInfo[]> {
    const { edits, record } = await this.#undoEdits(obs);
    if (edits.length > 0) await this.#assertClosed(obs);
    await replaceFiles(
      edits.map(({ edit }) => edit),
      () => this.#assertClosed(obs),
    );
    await removeFolders(record?.folders ?? []);
    await this.#records.remove(obs.root);
    return edits.map(({ edit, isWhole }) => undoWords(edit, isWhole));
  }

  async #plan(obs: FoundObs): Promise<{ plan: SetupPlan; contents: Contents }> {
    const targets = await targetsOf(obs);
    const contents = await readAll([targets.dock, targets.websocket]);
    const { dock, newPassword = randomPassword } = this.#options;
    // `targetsOf` has refused one without a version.
    const version = obs.version ?? { major: 0, minor: 0, patch: 0 };
    return { plan: planSetup(targets, version, contents, { dock: dock(obs), password: newPassword() }), contents };
  }

  async #undoEdits({ root, isPortable }: FoundObs): Promise<{ edits: UndoEdit[]; record: SetupRecord | null }> {
    const record = await this.#records.read(root);
    // OBS 31 takes global.ini over into user.ini, OBS 30.2 the server's settings into a file of their own: ours go with them.
    const possible = Object.values(await possibleFiles(root, isPortable));
    const contents = await readAll([...possible, ...(record?.files.keys() ?? [])]);
    const edits = Array.from(contents, ([file, bytes]): UndoEdit | null => {
      if (bytes === null) return null;
      const kept = record?.files.get(file);
      const isWhole = kept !== undefined && kept.wrote === sha256(bytes);
      const after = isWhole ? kept.before : withoutSetup(file, bytes, record?.did ?? foundIn(file, bytes));
      return after?.equals(bytes) ? null : { edit: { file, before: bytes, after }, isWhole };
    });
    return { edits: edits.filter((edit) => edit !== null), record };
  }

  async #assertClosed({ root }: FoundObs): Promise<void> {
    if (await this.#options.isRunning(root)) throw new StreamAIError('setup_obs_running', { folder: root });
  }
}

interface UndoEdit {
  readonly edit: FileEdit;
  /** Whether the file becomes what it was, byte for byte. */
  readonly isWhole: boolean;
}

async function readAll(files: readonly string[]): Promise<Contents> {
  const distinct = [...new Set(files)];
  return new Map(await Promise.all(distinct.map(async (file) => [file, await readIfThere(file)] as const)));
}

/** As OBS makes them: letters and digits that nobody has to escape. */
const randomPassword = (): string => randomBytes(12).toString('base64url').replaceAll(/[-_]/g, 'x');

/**
 * What is to be remembered from now on. Where OBS or a person changed a file after an earlier setup, it would without us be what it
 * is now without our entries.
 */
function recordOf({ edits, did }: SetupPlan, contents: Contents, earlier: SetupRecord | null): SetupRecord {
  const files = new Map(earlier?.files);
  for (const { file, after } of edits) {
    const now = contents.get(file) ?? null;
    if (after) files.set(file, { wrote: sha256(after), before: withoutEarlier(file, now, earlier) });
  }
  return { files, folders: earlier?.folders ?? [], did: merged(earlier?.did ?? {}, did) };
}

function withoutEarlier(file: string, now: Buffer | null, earlier: SetupRecord | null): SetupFile['before'] {
  if (now === null || earlier === null) return now;
  const kept = earlier.files.get(file);
  return kept?.wrote === sha256(now) ? kept.before : withoutSetup(file, now, earlier.did);
}

/** What stood there before the first setup counts, as long as it is about the same dock. */
function merged(earlier: SetupDid, { dock, dockPlace, websocket }: SetupDid): SetupDid {
  const isSame = dock !== undefined && dock.before !== null && earlier.dock?.uuid === dock.uuid;
  const password = websocket?.password && {
    ...websocket.password,
    before: (earlier.websocket?.password ?? websocket.password).before,
  };
  return {
    ...earlier,
    ...(dock && { dock: isSame && earlier.dock ? { ...earlier.dock, url: dock.url } : dock }),
    ...(dockPlace !== undefined && { dockPlace }),
    ...(websocket && { websocket: { ...websocket, ...earlier.websocket, ...(password && { password }) } }),
  };
}

/** Without a record: our dock, which is known by its uuid. */
function foundIn(file: string, bytes: Buffer): SetupDid {
  if (file.endsWith('.json')) return {};
  const lists = iniValues(bytes, 'BasicWindow', 'ExtraBrowserDocks').map((list) => parseDocks(list) ?? []);
  const ours = lists.flat().find(({ uuid }) => uuid === dockUuid);
  if (!ours) return {};
  return { dock: { uuid: dockUuid, url: ours.url, before: null, madeList: false }, dockPlace: dockName(ours.title) };
}

function undoWords({ file, after }: FileEdit, isWhole: boolean): ErrorInfo {
  if (after === null) return errorInfo('setup_undo_removes', { file });
  return errorInfo(isWhole ? 'setup_undo_restores' : 'setup_undo_takes_out', { file });
}
