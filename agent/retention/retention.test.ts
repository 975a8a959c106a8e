import { appendFile, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { type ErrorInfo, errorInfo } from '../../shared/errors.ts';
import { TestClock } from '../clock-fixture.ts';
import { localFiles, newAside } from '../files/local-files.ts';
import { openDatabase } from '../storage/database.ts';
import { StateStore } from '../storage/state-store.ts';
import type { RetentionSettings, SessionFiles } from './decide.ts';
import { Retention, type RetentionPorts } from './retention.ts';

type State = SessionFiles['recordings'][number]['state'];

let folder: string;
let states: Record<string, State>;
let uploads: SessionFiles['recordings'][number]['uploads'];
let settings: RetentionSettings;
let asked: string[];
let prove: (uploadId: string) => Promise<ErrorInfo | null>;
let onAir: boolean;
let clock: TestClock;
let state: StateStore;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'streamai-retention-'));
  const database = openDatabase(':memory:');
  onTestFinished(async () => {
    database.close();
    await rm(folder, { recursive: true, force: true });
  });
  state = new StateStore(database);
  for (const name of ['a', 'b', 'c']) await writeFile(path.join(folder, name), name);
  // c is the newest.
  states = { c: 'ready', b: 'ready', a: 'ready' };
  uploads = [{ id: 'up', destination: 'object-storage', state: 'completed' }];
  settings = { deleteLocal: 'verified', keepLast: null, keepFreeBytes: null };
  asked = [];
  prove = async () => null;
  onAir = false;
  clock = new TestClock();
});

function retention(change: Partial<RetentionPorts> = {}): Retention {
  const found = new Retention({
    settings: () => settings,
    sessions: () =>
      Object.entries(states).map(([id, recordingState]) => ({
        id,
        state: 'recorded',
        recordings: [
          {
            id: `r-${id}`,
            number: 1,
            state: recordingState,
            path: path.join(folder, id),
            bytes: 1,
            uploads: uploads.map((upload) => ({ ...upload, id: `${upload.id}-${id}` })),
          },
        ],
      })),
    prove: async (id) => {
      asked.push(id);
      return prove(id);
    },
    setDeleted: (id, _number, deleted, also) => {
      also();
      states[id] = deleted ? 'deleted' : 'ready';
    },
    onAir: () => onAir,
    state,
    log: { info() {}, warn() {}, error() {} },
    clock,
    ...change,
  });
  onTestFinished(() => found.close());
  return found;
}
async function run(subject = retention()): Promise<string[]> {
  subject.look();
  await subject.idle();
  return (await readdir(folder)).sort();
}

test('every proven recording is deleted, the oldest first, and remembered', async () => {
  expect(await run()).toEqual([]);
  expect(asked).toEqual(['up-a', 'up-b', 'up-c']);
  expect(states).toEqual({ a: 'deleted', b: 'deleted', c: 'deleted' });
});

test('nothing is read or deleted unless it is asked for', async () => {
  settings = { ...settings, deleteLocal: 'never' };
  expect(await run()).toEqual(['a', 'b', 'c']);
  expect(asked).toEqual([]);
});

test('what is not proven stays, and is not read again for an hour', async () => {
  prove = async (id) => (id === 'up-b' ? errorInfo('copy_differs') : null);
  const subject = retention();
  expect(await run(subject)).toEqual(['b']);
  await run(subject);
  expect(asked.filter((id) => id === 'up-b')).toHaveLength(1);
  prove = async () => null;
  clock.advance(61 * 60_000);
  await subject.idle();
  expect(await run(subject)).toEqual([]);
});

test('a proof that cannot be had is none', async () => {
  prove = async () => {
    throw new Error('no network');
  };
  expect(await run()).toEqual(['a', 'b', 'c']);
});

test('the next witness is asked where the first cannot prove it', async () => {
  uploads = [
    { id: 'up', destination: 'object-storage', state: 'completed' },
    { id: 'task', destination: 'processing', state: 'completed' },
  ];
  prove = async (id) => (id.startsWith('up') ? errorInfo('copy_missing') : null);
  expect(await run()).toEqual([]);
  expect(asked.slice(0, 2)).toEqual(['up-a', 'task-a']);
});

test('a file that changes while its copy is proven stays', async () => {
  prove = async (id) => {
    if (id === 'up-a') await appendFile(path.join(folder, 'a'), 'more');
    return null;
  };
  expect(await run()).toEqual(['a']);
  expect(states.a).toBe('ready');
});

test('an upload that is asked for while the copy is proven keeps the file', async () => {
  prove = async () => {
    uploads = [...uploads, { id: 'again', destination: 'processing', state: 'queued' }];
    return null;
  };
  expect(await run()).toEqual(['a', 'b', 'c']);
});

test('a setting that is taken back while the copy is proven keeps the file', async () => {
  prove = async () => {
    settings = { ...settings, deleteLocal: 'never' };
    return null;
  };
  expect(await run()).toEqual(['a', 'b', 'c']);
});

test('no more goes than room is asked for', async () => {
  settings = { ...settings, keepFreeBytes: 100 };
  let free = 90;
  const files = {
    ...localFiles,
    freeBytes: async () => free,
    delete: async (...which: Parameters<typeof localFiles.delete>) => {
      free += 10;
      await localFiles.delete(...which);
    },
  };
  expect(await run(retention({ files }))).toEqual(['b', 'c']);
});

test('while OBS is on air nothing is read, unless room is short', async () => {
  onAir = true;
  const subject = retention({ files: { ...localFiles, freeBytes: async () => 0 } });
  expect(await run(subject)).toEqual(['a', 'b', 'c']);
  settings = { ...settings, keepFreeBytes: 1 };
  expect(await run(subject)).toEqual([]);
});

test('a file that cannot be deleted is there after all', async () => {
  const files = {
    ...localFiles,
    delete: async () => {
      throw Object.assign(new Error('EBUSY'), { code: 'EBUSY' });
    },
  };
  expect(await run(retention({ files }))).toEqual(['a', 'b', 'c']);
  expect(states).toEqual({ a: 'ready', b: 'ready', c: 'ready' });
});

test.skipIf(process.platform === 'win32')('a link is not deleted', async () => {
  await rm(path.join(folder, 'a'));
  await symlink(path.join(folder, 'b'), path.join(folder, 'a'));
  states = { a: 'ready' };
  expect(await run()).toEqual(['a', 'b', 'c']);
});

test.each([
  ['before its file was deleted', true],
  ['after', false],
])('killed %s, the next start says what is true', async (_when, fileLeft) => {
  const killed = new Error('killed');
  const deleting = retention({
    files: {
      ...localFiles,
      delete: async (...which) => {
        if (!fileLeft) await localFiles.delete(...which);
        atDelete();
        // The process ends here: nothing after this happens.
        await new Promise((_, reject) => deletingEnds.then(() => reject(killed)));
      },
    },
    // A dead process writes nothing any more.
    setDeleted: (id, _number, deleted, also) => {
      if (dead) return;
      also();
      states[id] = deleted ? 'deleted' : 'ready';
      if (deleted) dead = true;
    },
  });
  let dead = false;
  const { promise: reachedDelete, resolve: atDelete } = Promise.withResolvers<void>();
  const { promise: deletingEnds, resolve: endDeleting } = Promise.withResolvers<void>();
  deleting.look();
  await reachedDelete;
  settings = { ...settings, deleteLocal: 'never' };
  expect(states.a).toBe('deleted');
  await run();
  expect(states.a).toBe(fileLeft ? 'ready' : 'deleted');
  endDeleting();
});

test('a recording that OBS begins under the path right before the deletion stays', async () => {
  const file = path.join(folder, 'a');
  const files = {
    ...localFiles,
    delete: async (...which: Parameters<typeof localFiles.delete>) => {
      await rename(file, `${file}.old`);
      await writeFile(file, 'the next recording');
      await localFiles.delete(...which);
    },
  };
  states = { a: 'ready' };
  expect(await run(retention({ files }))).toEqual(['a', 'a.old', 'b', 'c']);
  expect(await readFile(file, 'utf8')).toBe('the next recording');
  expect(states.a).toBe('ready');
});

describe('killed while the file lay aside', () => {
  const file = (): string => path.join(folder, 'a');
  const killed = async (): Promise<void> => {
    const aside = newAside(file());
    await rename(file(), aside);
    state.set('retention.deleting', [{ sessionId: 'a', number: 1, path: file(), aside }]);
    states = { a: 'deleted' };
    settings = { ...settings, deleteLocal: 'never' };
  };

  test('the next start puts it back', async () => {
    await killed();
    expect(await run()).toEqual(['a', 'b', 'c']);
    expect(states.a).toBe('ready');
    expect(state.get('retention.deleting', z.unknown())).toBeUndefined();
  });

  test('and another one lies under its path by now: both stay', async () => {
    await killed();
    await writeFile(file(), 'the next recording');
    const names = await run();
    expect(names).toEqual(['a', expect.stringMatching(/^a\..*\.deleting$/), 'b', 'c']);
    expect(await readFile(file(), 'utf8')).toBe('the next recording');
    expect(await readFile(path.join(folder, names[1] ?? ''), 'utf8')).toBe('a');
  });

  test('and its drive is away: it is put back when that is there again', async () => {
    await killed();
    await rename(folder, `${folder} unplugged`);
    const subject = retention();
    subject.look();
    await subject.idle();
    expect(state.get('retention.deleting', z.unknown())).toHaveLength(1);
    await rename(`${folder} unplugged`, folder);
    expect(await run(subject)).toEqual(['a', 'b', 'c']);
    expect(states.a).toBe('ready');
  });
});

describe('a drive that is away says nothing about its files', () => {
  /** The last run was killed while it deleted the file. */
  const pending = (): object => ({ sessionId: 'a', number: 1, path: path.join(folder, 'a') });
  const away = (): string => `${folder} unplugged`;
  const look = async (subject: Retention): Promise<void> => {
    subject.look();
    await subject.idle();
  };
  beforeEach(() => {
    onTestFinished(() => rm(away(), { recursive: true, force: true }));
  });

  test.each([
    ['there', true, 'ready'],
    ['gone', false, 'deleted'],
  ])(
    'killed while it deleted a file, and without the drive at the next start: once the drive is back, and the file is %s, that is said',
    async (_, isThere, said) => {
      state.set('retention.deleting', [pending()]);
      states = { a: 'deleted' };
      if (!isThere) await rm(path.join(folder, 'a'));
      await rename(folder, away());
      const subject = retention();
      await look(subject);
      expect(states.a).toBe('deleted');
      expect(state.get('retention.deleting', z.unknown())).toHaveLength(1);
      await rename(away(), folder);
      settings = { ...settings, deleteLocal: 'never' };
      await look(subject);
      expect(states.a).toBe(said);
      expect(state.get('retention.deleting', z.unknown())).toBeUndefined();
    },
  );

  test('what an older version was deleting is taken up', async () => {
    state.set('retention.deleting', pending());
    states = { a: 'deleted' };
    settings = { ...settings, deleteLocal: 'never' };
    await look(retention());
    expect(states.a).toBe('ready');
  });

  test('it goes in the middle of a deletion: the file was not deleted', async () => {
    states = { a: 'ready' };
    const files = {
      ...localFiles,
      delete: async (...which: Parameters<typeof localFiles.delete>) => {
        await rename(folder, away());
        await localFiles.delete(...which);
      },
    };
    const subject = retention({ files });
    await look(subject);
    expect(states.a).toBe('ready');
    await rename(away(), folder);
    settings = { ...settings, deleteLocal: 'never' };
    await look(subject);
    expect(states.a).toBe('ready');
    expect(state.get('retention.deleting', z.unknown())).toBeUndefined();
  });

  test('meanwhile recordings on other drives go', async () => {
    state.set('retention.deleting', [{ ...pending(), path: path.join(away(), 'z') }]);
    expect(await run()).toEqual([]);
    expect(state.get('retention.deleting', z.unknown())).toHaveLength(1);
  });

  test('none of its recordings is taken for deleted', async () => {
    await rename(folder, away());
    await look(retention());
    expect(states).toEqual({ a: 'ready', b: 'ready', c: 'ready' });
    expect(asked).toEqual([]);
  });
});
