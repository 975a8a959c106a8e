/** Deleting on a real drive that hangs (FUSE), in each of its steps: only its own recordings stay, and the agent can end. */
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import * as z from 'zod';
import { fileWork } from '../../../agent/files/file-work.ts';
import { openRecording } from '../../../agent/files/open-recording.ts';
import type { SessionFiles } from '../../../agent/retention/decide.ts';
import { Retention } from '../../../agent/retention/retention.ts';
import { openDatabase } from '../../../agent/storage/database.ts';
import { StateStore } from '../../../agent/storage/state-store.ts';
import { describePeer } from '../../rig/describe-peer.ts';
import { type HangingDrive, mountHangingDrive } from '../../rig/hanging-drive.ts';
import { until } from '../../rig/until.ts';

/** As the agent's, but for its patience. */
vi.mock('../../../agent/files/file-work.ts', async (original) => {
  const actual = await original<typeof import('../../../agent/files/file-work.ts')>();
  return { ...actual, fileWork: new actual.FileWork({ answerMs: 400, inFolder: 2, inAll: 3 }) };
});

type State = SessionFiles['recordings'][number]['state'];

interface Setup {
  readonly drive: HangingDrive;
  readonly files: Readonly<Record<'on' | 'beside', string>>;
  readonly states: Record<'on' | 'beside', State>;
  readonly state: StateStore;
  readonly retention: Retention;
  look(): Promise<void>;
  pending(): unknown;
}

/** One recording on the drive, which would go first, and one beside it. */
async function setup(keepFreeBytes: number | null = null): Promise<Setup> {
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-hanging-'));
  const beside = await mkdtemp(path.join(tmpdir(), 'streamai-beside-'));
  const drive = await mountHangingDrive(folder);
  const database = openDatabase(':memory:');
  const state = new StateStore(database);
  const states: Setup['states'] = { on: 'ready', beside: 'ready' };
  const files = { on: path.join(drive.mountPoint, 'a.mkv'), beside: path.join(beside, 'b.mkv') };
  await writeFile(path.join(folder, 'a.mkv'), 'a');
  await writeFile(files.beside, 'b');
  const session = (id: keyof typeof files): SessionFiles => {
    const recording = { id: `r-${id}`, number: 1, state: states[id], path: files[id], bytes: 1 };
    const uploads = [{ id, destination: 'object-storage', state: 'completed' }] as const;
    return { id, state: 'recorded', recordings: [{ ...recording, uploads }] };
  };
  const retention = new Retention({
    settings: () => ({ deleteLocal: 'verified', keepLast: null, keepFreeBytes }),
    sessions: () => [session('beside'), session('on')],
    // As a proof does that reads the file.
    prove: async (id) => {
      const file = await openRecording(id === 'on' ? files.on : files.beside);
      try {
        await file.read(Buffer.alloc(1), 0, 1, 0);
        return null;
      } finally {
        await file.close();
      }
    },
    setDeleted: (id, _number, deleted, also) => {
      also();
      states[id as keyof typeof states] = deleted ? 'deleted' : 'ready';
    },
    onAir: () => false,
    state,
    log: { info() {}, warn() {}, error() {} },
  });
  onTestFinished(async () => {
    await drive.end();
    await retention.close();
    await until('nothing is late', () => fileWork.late === 0);
    database.close();
    for (const each of [folder, beside]) await rm(each, { recursive: true, force: true });
  });
  return {
    ...{ drive, files, states, state, retention },
    async look() {
      retention.look();
      await retention.idle();
    },
    pending: () => state.get('retention.deleting', z.unknown()),
  };
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

await describePeer(['fuse'], 'deleting on a drive that hangs', () => {
  test.each([
    ['it is asked how much room it has', 'statfs', 1e18],
    ['a file is looked at', 'getattr', null],
    ['a file is opened for the proof', 'open', null],
    ['a file is read for the proof', 'read', null],
  ] as const)('where it hangs when %s, its recording stays, and the others go', async (_, at, room) => {
    const { drive, files, states, look, pending } = await setup(room);
    const { reached } = await drive.hangAt(at);
    const before = performance.now();
    await look();
    await reached;
    expect(performance.now() - before).toBeLessThan(8000);
    expect(states).toEqual({ on: 'ready', beside: 'deleted' });
    expect([await isThere(files.beside), pending()]).toEqual([false, undefined]);
    await drive.answer();
    await until('what was late has returned', () => fileWork.late === 0);
    expect(await isThere(files.on)).toBe(true);
  });

  test('where it hangs when a file is deleted, nobody says that the file is there: it goes once the drive answers', async () => {
    const { drive, files, states, look, pending } = await setup();
    const { reached } = await drive.hangAt('unlink');
    await look();
    await reached;
    expect(states).toEqual({ on: 'deleted', beside: 'deleted' });
    expect(pending()).toMatchObject([{ sessionId: 'on', path: files.on }]);
    await look();
    expect(pending()).toHaveLength(1);
    await drive.answer();
    await until('what was late has returned', () => fileWork.late === 0);
    await look();
    expect([await isThere(files.on), states.on, pending()]).toEqual([false, 'deleted', undefined]);
  });

  test.each(['statfs', 'read', 'unlink'] as const)(
    'while it hangs at %s, deleting can be ended in bounded time',
    async (at) => {
      const { drive, look, retention } = await setup(at === 'statfs' ? 1e18 : null);
      const { reached } = await drive.hangAt(at);
      const looked = look();
      await reached;
      const before = performance.now();
      await retention.close();
      expect(performance.now() - before).toBeLessThan(5000);
      await looked;
    },
  );
});
