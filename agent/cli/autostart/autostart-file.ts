/** The file in which a system reads what to start. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { StreamAIError } from '../../../shared/errors.ts';
import type { Called } from './system.ts';

/** Writes it whole or not at all. @throws StreamAIError autostart_failed */
export function writeAutostartFile(file: string, text: string): void {
  const draft = `${file}.new`;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    // Never through a link that is in the draft's place.
    rmSync(draft, { force: true });
    writeFileSync(draft, text, { flag: 'wx' });
    renameSync(draft, file);
  } catch (cause) {
    throw autostartFailed(file, cause);
  }
}

/** Null where it is not there. */
export function readAutostartFile(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/** @throws StreamAIError autostart_failed */
export function removeAutostartFile(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch (cause) {
    throw autostartFailed(file, cause);
  }
}

/** A program of the system has not done it. @throws StreamAIError autostart_failed with what it said */
export function expectDone(what: string, { code, stderr }: Called): void {
  if (code !== 0)
    throw new StreamAIError('autostart_failed', { reason: `${what}: ${stderr.trim() || (code ?? 'not there')}` });
}

function autostartFailed(file: string, cause: unknown): StreamAIError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
  return new StreamAIError('autostart_failed', { reason: `${file}: ${code}` }, { cause });
}
