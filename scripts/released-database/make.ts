/**
 * Writes a database as this version's agent leaves it: the real agent, a process of its own, lives through a story (story.ts) and
 * is killed. Needs Ceph, takes about two minutes.
 *
 *   node scripts/released-database/make.ts [file]
 *
 * Only at the end SQL puts neutral folders, addresses and keys in the place of this machine's. `file`, gzipped, is by itself this
 * version's in agent/storage/fixtures. One that is there stays: what a released version wrote does not change any more.
 */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import { version } from '../../agent/version.ts';
import { Stage } from './stage.ts';
import { playStory } from './story.ts';

const fixtures = path.resolve(import.meta.dirname, '../../agent/storage/fixtures');
const target = process.argv[2] ?? path.join(fixtures, `streamai-${version}.db.gz`);
if (existsSync(target)) throw new Error(`${target} is there already`);
const say = (text: string): void => void process.stdout.write(`${text}\n`);

await using stack = new AsyncDisposableStack();
const folder = await mkdtemp(path.join(tmpdir(), 'streamai-database-'));
stack.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
const stage = await Stage.set(stack, folder);
await playStory(stage, say);

const file = path.join(folder, 'copy.db');
copyFileSync(path.join(stage.dataDir, 'streamai.db'), file);
copyFileSync(path.join(stage.dataDir, 'streamai.db-wal'), `${file}-wal`);
makeNeutral(file, stage);
writeFileSync(target, gzipSync(readFileSync(file), { level: 9 }));
say(target);

function makeNeutral(file: string, { recordingsDir, gate, rgw }: Stage): void {
  using database = new DatabaseSync(file);
  const rows = (sql: string): Record<string, unknown>[] => database.prepare(sql).all();
  const storePort = new URL(gate.url).port;
  database.function('neutral', (text) =>
    String(text)
      .replaceAll(recordingsDir, '/recordings')
      .replaceAll(rgw.accessKey, 'FIXTUREACCESSKEY')
      .replaceAll(rgw.secretKey, 'not-a-real-secret')
      // Nobody listens there. Object Storage at 10; the processing server, and what was the embedded one, at 9.
      .replaceAll(/(http:\/\/127\.0\.0\.1:)(\d+)/g, (_, host, port) => `${host}${port === storePort ? 10 : 9}`),
  );
  for (const { name: table } of rows(`SELECT name FROM sqlite_schema WHERE type = 'table'`)) {
    for (const { name: column } of rows(`PRAGMA table_info(${table})`).filter(({ type }) => type === 'TEXT')) {
      database.exec(`UPDATE ${table} SET ${column} = neutral(${column}) WHERE neutral(${column}) <> ${column}`);
    }
  }
  // Small pages: a quarter of the size.
  database.exec(`
    UPDATE settings SET value = '9' WHERE name = 'obsPort';
    PRAGMA journal_mode = DELETE;
    PRAGMA page_size = 1024;
    VACUUM;
    PRAGMA journal_mode = WAL`);
}
