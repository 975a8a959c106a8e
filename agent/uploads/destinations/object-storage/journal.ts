/**
 * The journal of multipart uploads in SQLite. Each step is written down before it is taken, each part once the store has
 * acknowledged it: whatever instruction the agent is killed at, the next run knows what may be at the store.
 */
import type { StatementSync } from 'node:sqlite';
import * as z from 'zod';
import { type ProvenBy, provenBy } from '../../../../shared/domain.ts';
import type { FileContent } from '../../../files/recording-file.ts';
import { type Database, transaction } from '../../../storage/database.ts';
import { type Mending, readMended } from '../../../storage/mended-rows.ts';
import { countOr } from '../../../storage/right-or.ts';
import type { StoredState } from '../destination.ts';
import type { KnownPart } from './s3/known-part.ts';
import { partCount } from './s3/part-plan.ts';

/**
 * `creating`: CreateMultipartUpload may have reached the store, its answer was not seen. `sending`: the store's id is known.
 * `completing`: CompleteMultipartUpload may have reached the store. `verifying`: it was answered. `completed`: the object is
 * proven. `aborting`: what the store has of it is to be taken away.
 */
export const multipartStates = ['creating', 'sending', 'completing', 'verifying', 'completed', 'aborting'] as const;
export type MultipartState = (typeof multipartStates)[number];

export interface Multipart {
  readonly id: number;
  /** Our upload's. One upload can have had several multiparts. */
  readonly uploadId: string;
  readonly recordingId: string;
  readonly endpoint: string;
  readonly bucket: string;
  readonly key: string;
  /** The store's id of the multipart; null: its answer to the create was not seen. */
  readonly s3UploadId: string | null;
  readonly state: MultipartState;
  /** All zero while the file is still being written. */
  readonly content: FileContent;
  /** Of every part, or `growing`. */
  readonly partBytes: number;
  /** Of the whole object, from `completing` on. */
  readonly etag: string | null;
  /** What proves the object, known from `completing` on; null: not yet, or an older version did not keep it. */
  readonly provenBy: ProvenBy | null;
  /** MD5 of the JSON that lies beside the object, hex; null: that is to be written. Only once completed. */
  readonly metadataMd5: string | null;
  /** MD5s that the JSON beside the object may have if it is ours: the last one written, and one that is being written. */
  readonly claims: readonly string[];
  /** ms since 1970 */
  readonly createdAt: number;
}

export type NewMultipart = Omit<
  Multipart,
  'id' | 's3UploadId' | 'state' | 'etag' | 'provenBy' | 'metadataMd5' | 'claims'
>;

const rowSchema = z
  .object({
    id: z.number(),
    upload_id: z.string(),
    recording_id: z.string(),
    endpoint: z.string(),
    bucket: z.string(),
    key: z.string(),
    s3_upload_id: z.string().nullable(),
    state: z.enum(multipartStates),
    bytes: z.int().nonnegative(),
    modified_at: z.number(),
    part_bytes: z.int().nonnegative(),
    etag: z.string().nullable(),
    proven_by: z.enum(provenBy).nullable(),
    described: z.string().nullable(),
    claims: z.string(),
    created_at: z.number(),
  })
  .transform(
    (row): Multipart => ({
      id: row.id,
      uploadId: row.upload_id,
      recordingId: row.recording_id,
      endpoint: row.endpoint,
      bucket: row.bucket,
      key: row.key,
      s3UploadId: row.s3_upload_id,
      state: row.state,
      content: { bytes: row.bytes, modifiedAt: row.modified_at },
      partBytes: row.part_bytes,
      etag: row.etag,
      provenBy: row.proven_by,
      metadataMd5: row.described,
      claims: row.claims === '' ? [] : row.claims.split(' '),
      createdAt: row.created_at,
    }),
  );
const sessionIdSchema = z.object({ id: z.string() });
const storedSchema = z.object({ done: z.number(), bytes: z.int().nonnegative() });
const stored = (row: unknown): z.infer<typeof storedSchema> => storedSchema.parse(row);
const partSchema = z
  .object({ number: z.int().positive(), md5: z.string(), bytes: z.int().nonnegative(), etag: z.string().nullable() })
  .transform(({ etag, ...part }): KnownPart => ({ ...part, ...(etag !== null && { etag }) }));

/**
 * What lies at the store is never taken away for a row that makes no sense: it is only not known any more, and its upload begins anew
 * beside it.
 */
const multipartMending: Mending = {
  table: 'multiparts',
  key: ['id'],
  read: (row) => rowSchema.parse(row),
  // Another time of writing is another content: nothing of what was sent counts.
  set: [countOr('modified_at', '0'), countOr('created_at', '0')].join(', '),
  sessionId: '(SELECT session_id FROM uploads WHERE uploads.id = multiparts.upload_id)',
};
/** A part that is not known is looked for at the store, or sent again. */
const partMending: Mending = {
  table: 'parts',
  key: ['multipart_id', 'number'],
  read: (row) => partSchema.parse(row),
  set: null,
  sessionId:
    '(SELECT session_id FROM uploads WHERE id = (SELECT upload_id FROM multiparts WHERE id = parts.multipart_id))',
};

export class Journal {
  readonly #database: Database;
  readonly #of: StatementSync;
  readonly #insert: StatementSync;
  readonly #created: StatementSync;
  readonly #unanswered: StatementSync;
  readonly #state: StatementSync;
  readonly #completing: StatementSync;
  readonly #fixContent: StatementSync;
  readonly #parts: StatementSync;
  readonly #addPart: StatementSync;
  readonly #clearParts: StatementSync;
  readonly #clearProven: StatementSync;
  readonly #unprove: StatementSync;
  readonly #stored: StatementSync;
  readonly #delete: StatementSync;
  readonly #abandon: StatementSync;
  readonly #supersede: StatementSync;
  readonly #setMetadataMd5: StatementSync;
  readonly #setClaims: StatementSync;
  readonly #setKey: StatementSync;
  readonly #completedOf: StatementSync;
  readonly #sessionId: StatementSync;

  constructor(database: Database) {
    this.#database = database;
    this.#of = database.prepare(
      `SELECT * FROM multiparts WHERE upload_id = ? AND state <> 'aborting' ORDER BY id DESC LIMIT 1`,
    );
    this.#insert = database.prepare(
      `INSERT INTO multiparts (upload_id, recording_id, endpoint, bucket, key, state, bytes, modified_at, part_bytes, created_at)
       VALUES (?, ?, ?, ?, ?, 'creating', ?, ?, ?, ?) RETURNING *`,
    );
    // What is to be taken away stays so, whatever step the store was just answering.
    this.#created = database.prepare(
      `UPDATE multiparts SET s3_upload_id = ?, state = iif(state = 'aborting', state, 'sending') WHERE id = ?`,
    );
    this.#unanswered = database.prepare(
      `INSERT INTO multiparts (upload_id, recording_id, endpoint, bucket, key, state, bytes, modified_at, part_bytes, created_at)
       SELECT upload_id, recording_id, endpoint, bucket, key, 'aborting', bytes, modified_at, part_bytes, created_at
       FROM multiparts WHERE id = ?`,
    );
    this.#state = database.prepare(`UPDATE multiparts SET state = ? WHERE id = ? AND state <> 'aborting'`);
    this.#completing = database.prepare(
      `UPDATE multiparts SET etag = ?, proven_by = ?, state = 'completing' WHERE id = ? AND state <> 'aborting'`,
    );
    this.#fixContent = database.prepare('UPDATE multiparts SET bytes = ?, modified_at = ? WHERE id = ?');
    this.#parts = database.prepare(
      'SELECT number, md5, bytes, etag FROM parts WHERE multipart_id = ? AND proven = ? ORDER BY number',
    );
    this.#addPart = database.prepare(
      'INSERT OR REPLACE INTO parts (multipart_id, number, md5, bytes, etag) VALUES (?, ?, ?, ?, ?)',
    );
    this.#clearParts = database.prepare('DELETE FROM parts WHERE multipart_id = ?');
    this.#clearProven = database.prepare('DELETE FROM parts WHERE multipart_id = ? AND proven = 1');
    this.#unprove = database.prepare('UPDATE parts SET proven = 0 WHERE multipart_id = ?');
    this.#stored = database.prepare(
      'SELECT COUNT(*) AS done, COALESCE(SUM(bytes), 0) AS bytes FROM parts WHERE multipart_id = ? AND proven = 1',
    );
    this.#delete = database.prepare('DELETE FROM multiparts WHERE id = ?');
    this.#abandon = database.prepare(
      `UPDATE multiparts SET state = 'aborting' WHERE upload_id = ? AND state NOT IN ('aborting', 'completed')`,
    );
    // Those of failed uploads of the same recording: nobody needs them now. Uploads that still go on keep theirs.
    this.#supersede = database.prepare(
      `UPDATE multiparts SET state = 'aborting' WHERE id <> :id AND state NOT IN ('aborting', 'completed')
         AND recording_id = (SELECT recording_id FROM multiparts WHERE id = :id)
         AND upload_id NOT IN (SELECT id FROM uploads WHERE state IN ('queued', 'uploading', 'waiting', 'paused'))`,
    );
    this.#setClaims = database.prepare('UPDATE multiparts SET claims = ? WHERE id = ?');
    this.#setKey = database.prepare('UPDATE multiparts SET key = ? WHERE id = ?');
    this.#setMetadataMd5 = database.prepare('UPDATE multiparts SET described = ? WHERE id = ?');
    this.#completedOf = database.prepare(
      `SELECT * FROM multiparts WHERE state = 'completed' AND upload_id IN
         (SELECT id FROM uploads WHERE recording_id IN (SELECT value FROM json_each(?))) ORDER BY id`,
    );
    this.#sessionId = database.prepare('SELECT session_id AS id FROM uploads WHERE id = ?');
  }

  /** The multipart that an upload goes on with, or has completed. */
  of(uploadId: string): Multipart | undefined {
    return this.#read(() => this.#of.all(uploadId))[0];
  }

  /** Before CreateMultipartUpload is asked for. */
  begin(wanted: NewMultipart): Multipart {
    const { uploadId, recordingId, endpoint, bucket, key, content, partBytes, createdAt } = wanted;
    const { bytes, modifiedAt } = content;
    return rowSchema.parse(
      this.#insert.get(uploadId, recordingId, endpoint, bucket, key, bytes, modifiedAt, partBytes, createdAt),
    );
  }

  /** Another key: the first was taken. */
  setKey(id: number, key: string): void {
    this.#setKey.run(key, id);
  }

  /** What the JSON beside the object may be if it is ours. @returns the same */
  claimed(id: number, md5s: readonly string[]): readonly string[] {
    this.#setClaims.run(md5s.join(' '), id);
    return md5s;
  }

  /** CreateMultipartUpload was answered. */
  created(id: number, s3UploadId: string): void {
    this.#created.run(s3UploadId, id);
  }

  /** CreateMultipartUpload was not answered: the store may still carry it out, and what comes of that is to be taken away. */
  unanswered(id: number): void {
    this.#unanswered.run(id);
  }

  /** The parts that the store has acknowledged, by number. */
  parts(id: number): KnownPart[] {
    return this.#readParts(id, 1);
  }

  /** Those that it has acknowledged before the file may have changed, by number: they are to be compared with it. */
  unproven(id: number): KnownPart[] {
    return this.#readParts(id, 0);
  }

  /** The store has acknowledged a part, or has it as it is now. */
  stored(id: number, { number, md5, bytes, etag }: KnownPart): void {
    this.#addPart.run(id, number, md5, bytes, etag ?? null);
  }

  /** As `stored`, in one transaction. */
  storedAll(id: number, parts: readonly KnownPart[]): void {
    transaction(this.#database, () => {
      for (const part of parts) this.stored(id, part);
    });
  }

  /** Makes the parts those that the store was seen to have, and the state `sending`; the unproven ones stay to be compared. */
  reconcile(id: number, parts: readonly KnownPart[]): void {
    transaction(this.#database, () => {
      this.#state.run('sending', id);
      this.#clearProven.run(id);
      for (const part of parts) this.stored(id, part);
    });
  }

  /**
   * The file is not written any more, and this is what it is. Its parts were sent before that: none counts until it is
   * compared with the file as it is now.
   */
  fixContent(id: number, { bytes, modifiedAt }: FileContent): void {
    transaction(this.#database, () => {
      this.#fixContent.run(bytes, modifiedAt, id);
      this.#unprove.run(id);
    });
  }

  /**
   * Before CompleteMultipartUpload is asked for.
   * @param etag that the object must have
   * @param by `parts`: the store's own, which says nothing of the content
   */
  completing(id: number, etag: string, by: ProvenBy = 'md5'): void {
    this.#completing.run(etag, by, id);
  }

  /** CompleteMultipartUpload was answered. */
  verifying(id: number): void {
    this.#state.run('verifying', id);
  }

  /**
   * The object is proven. Its parts are not needed any more, nor is what failed uploads of the same recording left at the
   * store; the JSON beside the object is to be written.
   */
  completed(id: number): void {
    transaction(this.#database, () => {
      this.#state.run('completed', id);
      this.#supersede.run({ id });
      this.#clearParts.run(id);
      this.setMetadataMd5(id, null);
    });
  }

  /** What JSON lies beside the object. @param md5 hex; null: another one is to be written */
  setMetadataMd5(id: number, md5: string | null): void {
    this.#setMetadataMd5.run(md5, id);
  }

  /** The completed multiparts of these recordings' uploads. */
  completedOf(recordingIds: readonly string[]): Multipart[] {
    return this.#read(() => this.#completedOf.all(JSON.stringify(recordingIds)));
  }

  /** Completed ones whose JSON beside the object is to be written. */
  withoutMetadata(): Multipart[] {
    return this.#rows(`SELECT * FROM multiparts WHERE state = 'completed' AND described IS NULL ORDER BY id`);
  }

  /** The session that an upload belongs to; undefined when it was forgotten. */
  sessionId(uploadId: string): string | undefined {
    const row = this.#sessionId.get(uploadId);
    return row === undefined ? undefined : sessionIdSchema.parse(row).id;
  }

  /** What an upload has at the store is to be taken away; a completed object stays. */
  abandon(uploadId: string): void {
    this.#abandon.run(uploadId);
  }

  /** Nothing of it is at the store any more, or what is there is not this upload's. */
  forget(id: number): void {
    this.#delete.run(id);
  }

  /** What is to be taken away from the store. */
  aborting(): Multipart[] {
    return this.#rows(`SELECT * FROM multiparts WHERE state = 'aborting' ORDER BY id`);
  }

  /** What belongs to uploads that were cancelled or forgotten is to be taken away. */
  abandonOwnerless(): void {
    this.#database.exec(`
      UPDATE multiparts SET state = 'aborting' WHERE state NOT IN ('aborting', 'completed')
        AND upload_id NOT IN (SELECT id FROM uploads WHERE state <> 'cancelled')`);
  }

  /** The store's ids of multiparts that uploads of ours go on with. */
  owned(): Set<string> {
    const rows = this.#rows(`SELECT * FROM multiparts WHERE state NOT IN ('aborting', 'completed')`);
    return new Set(rows.flatMap(({ s3UploadId }) => s3UploadId ?? []));
  }

  /** Whether a key holds, or is about to hold, what another upload sends: no upload replaces another one's object. */
  keyTaken(bucket: string, key: string, uploadId: string): boolean {
    const others = this.#rows(
      `SELECT * FROM multiparts WHERE bucket = ? AND key = ? AND upload_id <> ? AND state <> 'aborting'`,
      bucket,
      key,
      uploadId,
    );
    return others.length > 0;
  }

  /** Everything that the JSON beside an object may be if it is any upload's of ours. */
  claimsUnder(bucket: string, key: string): string[] {
    return this.#rows('SELECT * FROM multiparts WHERE bucket = ? AND key = ?', bucket, key).flatMap(
      ({ claims }) => claims,
    );
  }

  /** Whether another multipart of ours has the same key, so that the object there may be that one's. */
  keyShared(multipart: Multipart): boolean {
    return this.#withSameKey(multipart).length > 0;
  }

  /** Whether another one of ours is about to claim the same key. */
  keyWanted(multipart: Multipart): boolean {
    return this.#withSameKey(multipart).some(({ state, claims }) => state === 'creating' && claims.length === 0);
  }

  /** What clients may know of an upload. */
  state(uploadId: string): StoredState | null {
    const found = this.of(uploadId);
    if (found === undefined) return null;
    const { bucket, key, content, partBytes, etag, provenBy } = found;
    const { done, bytes } = readMended(this.#database, partMending, () => stored(this.#stored.get(found.id)));
    const total = Math.max(partCount(content.bytes, partBytes), done, 1);
    if (found.state === 'completed' && etag !== null) {
      return { bytes: content.bytes, parts: { done: total, total }, object: { bucket, key, etag }, provenBy };
    }
    return { bytes, parts: { done, total }, object: null, provenBy: null };
  }

  #withSameKey({ id, bucket, key }: Multipart): Multipart[] {
    const others = `SELECT * FROM multiparts WHERE bucket = ? AND key = ? AND id <> ? AND state <> 'aborting'`;
    return this.#rows(others, bucket, key, id);
  }

  #rows(sql: string, ...values: (string | number)[]): Multipart[] {
    return this.#read(() => this.#database.prepare(sql).all(...values));
  }

  #read(rows: () => readonly unknown[]): Multipart[] {
    return readMended(this.#database, multipartMending, () => rows().map((row) => rowSchema.parse(row)));
  }

  #readParts(id: number, proven: 0 | 1): KnownPart[] {
    return readMended(this.#database, partMending, () => {
      return this.#parts.all(id, proven).map((row) => partSchema.parse(row));
    });
  }
}
