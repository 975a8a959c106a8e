import { statfs } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { ProxyRules } from '../../shared/proxies.ts';
import { Problem } from '../http/problem.ts';
import {
  type Marks,
  parseAudioTrack,
  parseLanguage,
  parseMarks,
  parsePriority,
  parseSubtitleModel,
  type TaskConfig,
  type TaskRecord,
} from '../tasks/task.ts';
import type { Task, TaskStore } from '../tasks/task-store.ts';
import { type Written, writeStream } from './disk.ts';
import { fileLabel, storedName } from './file-name.ts';
import { formOverhead, readForm } from './form.ts';
import { fetchSource, type Lookup, parseSourceUrl, sourceFileName } from './source.ts';

export type UploadLimits = {
  maxFileBytes: number;
  maxFiles: number;
  stallMs: number;
  allowPrivateSources: boolean;
  proxies: ProxyRules;
  lookup: Lookup;
};

type Received = Written & { filename: string; storedName: string };

/** An upload that is coming in. `received` is true once the whole body is here and only the commit is left. */
type Running = { abort: AbortController; ended: Promise<void>; received: boolean };

/** Receives files: POST /upload. One per receiver, since it knows which uploads are under way. */
export class Uploads {
  readonly #onTask: (task: Task) => Promise<void>;
  readonly #store: TaskStore;
  readonly #dir: string;
  readonly #limits: UploadLimits;
  readonly #running = new Set<Running>();
  readonly #runningByKey = new Map<string, Running>();
  #closing = false;

  /** @param onTask puts a task that has arrived into the queue */
  constructor(store: TaskStore, dir: string, limits: UploadLimits, onTask: (task: Task) => Promise<void>) {
    this.#onTask = onTask;
    this.#store = store;
    this.#dir = dir;
    this.#limits = limits;
  }

  /** The route's handler. Refusals are thrown as Problem, before the body is read where the headers already tell. */
  readonly handle = async (c: Context<{ Bindings: HttpBindings }>): Promise<Response> => {
    const { incoming, outgoing } = c.env;
    if (!/^multipart\/form-data *(;|$)/i.test(c.req.header('content-type') ?? '')) {
      throw new Problem(415, 'Send the file as multipart/form-data');
    }
    const key = parseKey(c.req.header('idempotency-key'));
    const ended = Promise.withResolvers<void>();
    const running: Running = { abort: new AbortController(), ended: ended.promise, received: false };
    try {
      const known = key === undefined ? undefined : await this.#claimKey(key, running);
      if (known) return c.json(uploadAnswer(known, 'This upload had already arrived.'));
      this.#running.add(running);
      await this.#checkRoom(incoming);
      // A client that is gone would not hear of its task; it asks again, under the same key.
      outgoing.once('close', () => {
        if (!outgoing.writableFinished) running.abort.abort(new Problem(400, 'The client is gone'));
      });
      if (c.req.header('expect')?.toLowerCase() === '100-continue') outgoing.writeContinue();
      return c.json(uploadAnswer(await this.#receive(incoming, running, key), 'Upload received.'));
    } finally {
      this.#running.delete(running);
      if (key !== undefined && this.#runningByKey.get(key) === running) this.#runningByKey.delete(key);
      ended.resolve();
    }
  };

  /** Ends every upload that is under way and waits until nothing of them is left. */
  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all(Array.from(this.#running, (running) => this.#end(running, 503, 'The receiver is stopping')));
  }

  /**
   * Returns the task that a key already has, or makes `running` the key's one upload. An older upload of the same key
   * that is still coming in belongs to a client that died or lost its connection without us noticing: nobody sends one
   * upload twice at a time. The newer request wins, unless the older one is complete but for its commit: then its task
   * is the answer.
   */
  async #claimKey(key: string, running: Running): Promise<TaskRecord | undefined> {
    for (;;) {
      const older = this.#runningByKey.get(key);
      if (older) {
        await this.#end(older, 409, 'The same upload was started again');
      } else {
        // Nothing is awaited since the look: of two that waited for the same older upload, only one gets the key.
        this.#runningByKey.set(key, running);
        return this.#store.findByKey(key);
      }
    }
  }

  async #end(running: Running, status: 409 | 503, detail: string): Promise<void> {
    if (!running.received) running.abort.abort(new Problem(status, detail));
    await running.ended;
  }

  async #checkRoom(incoming: IncomingMessage): Promise<void> {
    const { maxFiles } = this.#limits;
    if (this.#closing) throw new Problem(503, 'The receiver is stopping');
    if (this.#store.count >= maxFiles)
      throw new Problem(413, `The receiver is full: it keeps at most ${maxFiles} files`);
    await this.#checkSize(Number(incoming.headers['content-length'] ?? 0), formOverhead);
  }

  async #checkSize(announced: number, overhead = 0): Promise<void> {
    const { maxFileBytes } = this.#limits;
    if (announced > maxFileBytes + overhead) {
      throw new Problem(413, `The file is larger than the ${maxFileBytes} bytes accepted here`);
    }
    const { bavail, bsize } = await statfs(this.#dir);
    if (announced > bavail * bsize) throw new Problem(507, 'The disk of the receiver has no room for this file');
  }

  async #receive(incoming: IncomingMessage, running: Running, key: string | undefined): Promise<TaskRecord> {
    const incomingTask = await this.#store.begin();
    try {
      const config: TaskConfig = { subtitle_model: 'base', priority: 1 };
      let marks: Marks | undefined;
      let file: Received | undefined;
      let source: URL | undefined;
      let files = 0;
      await readForm(incoming, {
        signal: running.abort.signal,
        maxBytes: this.#limits.maxFileBytes + formOverhead,
        stallMs: this.#limits.stallMs,
        onField(name, value) {
          if (name === 'subtitle_model') config.subtitle_model = parseSubtitleModel(value);
          else if (name === 'priority') config.priority = parsePriority(value);
          else if (name === 'language') Object.assign(config, { language: parseLanguage(value) });
          else if (name === 'audio_track') Object.assign(config, { audio_track: parseAudioTrack(value) });
          else if (name === 'marks') marks = parseMarks(value);
          else if (name === 'source_url') source = parseSourceUrl(value);
          else if (name === 'file') throw new Problem(422, 'file must be a file, with a filename');
        },
        onFile: async (name, stream, sentName) => {
          if (name !== 'file') return void stream.resume();
          if (++files > 1) throw new Problem(422, 'Send one file at a time');
          const filename = fileLabel(sentName ?? '');
          const stored = storedName(filename);
          const written = await writeStream(stream, join(incomingTask.folder, stored), this.#limits.maxFileBytes);
          file = { ...written, filename, storedName: stored };
        },
      });
      if (source && file) throw new Problem(422, 'Send either a file or its source_url');
      if (source) file = await this.#fetch(source, incomingTask.folder, running.abort.signal);
      running.received = true;
      if (!file) throw new Problem(422, 'The form has no file');
      const idempotencyKey = key === undefined ? {} : { idempotencyKey: key };
      const details = { ...file, ...idempotencyKey, ...(marks && { marks }), config, uploadedAt: Date.now() };
      const task = await this.#store.commit(incomingTask, details);
      await this.#onTask(task);
      return task.record;
    } catch (error) {
      await this.#store.discard(incomingTask);
      throw error;
    }
  }

  async #fetch(source: URL, folder: string, signal: AbortSignal): Promise<Received> {
    const { maxFileBytes, stallMs, allowPrivateSources: allowPrivate, proxies, lookup } = this.#limits;
    const filename = fileLabel(sourceFileName(source));
    const stored = storedName(filename);
    const limits = { maxFileBytes, stallMs, allowPrivate, proxies, lookup };
    const written = await fetchSource(source, join(folder, stored), limits, signal, (bytes) => this.#checkSize(bytes));
    return { ...written, filename, storedName: stored };
  }
}

function parseKey(value: string | undefined): string | undefined {
  if (value !== undefined && !/^[\x21-\x7e]{1,200}$/.test(value)) {
    throw new Problem(400, 'Idempotency-Key must be 1 to 200 printable ASCII characters');
  }
  return value;
}

function uploadAnswer(task: TaskRecord, message: string) {
  const { taskId: task_id, filename, size, sha256, config } = task;
  return { task_id, status: 'uploaded', filename, size, sha256, message, config };
}
