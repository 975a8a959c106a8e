/** The token that every client shows: random, kept in one file that only its owner can read. */
import { randomBytes, randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { Language } from '../../shared/errors.ts';
import { folderProblem } from './data-dir.ts';

const tokenBytes = 32;
/** base64url of 32 bytes, no padding. */
const wellFormed = /^[A-Za-z0-9_-]{43}$/;

/**
 * The token in `<dataDir>/token`. Where others can read that file, they lose the right to; a missing or damaged token is made
 * anew. Two agents that start at the same moment end up with the same token.
 * @throws StreamAIError folder_unreadable, its reason in `language`, when the file can be neither read nor made
 */
export function readOrCreateToken(dataDir: string, language?: Language): string {
  return readOrCreateSecret(dataDir, 'token', language);
}

/** As `readOrCreateToken`, for another file of the data folder that holds what nobody can guess. */
export function readOrCreateSecret(dataDir: string, name: string, language?: Language): string {
  const file = path.join(dataDir, name);
  try {
    return readTokenFile(file) ?? createToken(file);
  } catch (error) {
    throw folderProblem(dataDir, error, language);
  }
}

/** The token, or null where there is none yet. @throws StreamAIError folder_unreadable, its reason in `language` */
export function readToken(dataDir: string, language?: Language): string | null {
  return readSecret(dataDir, 'token', language);
}

/** As `readToken`, for another file of the data folder that holds what nobody can guess. */
export function readSecret(dataDir: string, name: string, language?: Language): string | null {
  try {
    return readTokenFile(path.join(dataDir, name));
  } catch (error) {
    throw folderProblem(dataDir, error, language);
  }
}

/** @returns null when there is no well-formed token in a regular file */
function readTokenFile(file: string): string | null {
  let descriptor: number;
  try {
    // O_NOFOLLOW: others might write where a link leads. O_NONBLOCK: a pipe here would block for ever. Windows has neither.
    descriptor = openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ELOOP')) return null;
    throw error;
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile() || stat.size > 1000) return null;
    if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0) fchmodSync(descriptor, 0o600);
    const token = readFileSync(descriptor, 'utf8').trim();
    return wellFormed.test(token) ? token : null;
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Makes a new token, which takes the place of the one before.
 * @throws StreamAIError folder_unreadable, its reason in `language`, when the file cannot be written
 */
export function renewToken(dataDir: string, language?: Language): string {
  const file = path.join(dataDir, 'token');
  try {
    const { token, draft } = draftToken(file);
    try {
      renameSync(draft, file);
    } finally {
      rmSync(draft, { force: true });
    }
    return token;
  } catch (error) {
    throw folderProblem(dataDir, error, language);
  }
}

function draftToken(file: string): { token: string; draft: string } {
  const token = randomBytes(tokenBytes).toString('base64url');
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, token, { mode: 0o600, flag: 'wx' });
  return { token, draft };
}

function createToken(file: string): string {
  const { token, draft } = draftToken(file);
  try {
    // Unlike a rename, a link never replaces what another agent has just put there.
    linkSync(draft, file);
    return token;
  } catch {
    const other = readTokenFile(file);
    if (other !== null) return other;
    // Something damaged is in the way, or this file system has no links.
    renameSync(draft, file);
    return token;
  } finally {
    rmSync(draft, { force: true });
  }
}
