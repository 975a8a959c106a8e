/**
 * Preloaded into the agent's process (`NODE_OPTIONS=--import …`): ends it at an exact instruction of its journal, or lets
 * its disk fail. What to do comes as a message, or from the start in the variable STREAMAI_TEST_FAULT.
 */
import { open } from 'node:fs/promises';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { AgentFault } from './agent-fault-fixture.ts';

const sqlite: typeof import('node:sqlite') = createRequire(import.meta.url)('node:sqlite');
const { prepare, exec } = sqlite.DatabaseSync.prototype;
const { run, get } = sqlite.StatementSync.prototype;

let fault: AgentFault | null = JSON.parse(process.env.STREAMAI_TEST_FAULT ?? 'null');
const prepared = new WeakMap<StatementSync, { readonly sql: string; readonly database: DatabaseSync }>();
let dueAtCommit: 'commit' | 'after' | null = null;
let reads = 0;

process.on('message', (message) => {
  if (typeof message !== 'object' || message === null || !('fault' in message)) return;
  fault = message.fault as AgentFault | null;
  process.send?.('armed');
});
process.channel?.unref();

/** Which step of the journal a statement writes. */
function stepOf(sql: string, values: readonly unknown[]): string | null {
  if (sql.includes('INSERT INTO multiparts')) return 'begin';
  if (sql.includes('SET s3_upload_id')) return 'created';
  if (sql.includes('INTO parts')) return 'stored';
  if (sql.includes('DELETE FROM parts') || sql.includes('UPDATE parts SET proven')) return 'reconcile';
  if (sql.includes("state = 'completing'")) return 'completing';
  if (sql.startsWith('UPDATE multiparts SET state = ?')) return String(values[0]);
  if (sql.startsWith('INSERT INTO sessions')) return `session ${values[3]}`;
  if (sql.startsWith('INSERT INTO uploads')) return 'queued';
  if (sql.includes('UPDATE uploads SET')) return values[0] === 'completed' ? 'arrived' : String(values[0]);
  if (sql.startsWith('UPDATE tasks') && values[6] !== null) return 'task ended';
  return null;
}

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('unreachable');
}

/** Runs a statement, and dies before it, or after it is durable. */
function around<T>(statement: StatementSync, values: readonly unknown[], execute: () => T): T {
  const { sql, database } = prepared.get(statement) ?? {};
  if (fault?.kind !== 'kill' || stepOf(sql ?? '', values) !== fault.step) return execute();
  if (fault.nth > 1) {
    fault = { ...fault, nth: fault.nth - 1 };
    return execute();
  }
  if (fault.when === 'before') die();
  const result = execute();
  if (database?.isTransaction) dueAtCommit = fault.when;
  else die();
  return result;
}

sqlite.DatabaseSync.prototype.prepare = function (sql) {
  const statement = prepare.call(this, sql);
  prepared.set(statement, { sql: sql.trim(), database: this });
  return statement;
};
sqlite.DatabaseSync.prototype.exec = function (sql) {
  if (dueAtCommit === 'commit' && sql === 'COMMIT') die();
  exec.call(this, sql);
  if (dueAtCommit === 'after' && sql === 'COMMIT') die();
};
sqlite.StatementSync.prototype.run = function (this: StatementSync, ...values: unknown[]) {
  return around(this, values, () => Reflect.apply(run, this, values));
};
sqlite.StatementSync.prototype.get = function (this: StatementSync, ...values: unknown[]) {
  return around(this, values, () => Reflect.apply(get, this, values));
};
syncBuiltinESMExports();

// The class of file handles has no name of its own.
const handle = await open(process.execPath);
const prototype = Object.getPrototypeOf(handle);
await handle.close();
const { read } = prototype;
prototype.read = function (...args: unknown[]) {
  // Only the large reads of an upload.
  if (fault?.kind === 'read-error' && args[0] instanceof Uint8Array && args[0].length >= fault.minBytes) {
    reads += 1;
    if (reads > fault.after) {
      return Promise.reject(
        Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', errno: -5, syscall: 'read' }),
      );
    }
  }
  return read.apply(this, args);
};
