/** The programs that only some packages need. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { run } from '../rig/processes.ts';

const sources: Readonly<Record<string, string>> = {
  makensis: 'Debian and Ubuntu: apt install nsis; Fedora: dnf install mingw-nsis-base; macOS: brew install makensis',
  rpmbuild: 'Debian and Ubuntu: apt install rpm; Fedora: dnf install rpm-build; macOS: brew install rpm',
  'dpkg-deb': 'Debian and Ubuntu have it; Fedora: dnf install dpkg; macOS: brew install dpkg',
  osslsigncode:
    'Debian and Ubuntu: apt install osslsigncode; Fedora: dnf install osslsigncode; macOS: brew install osslsigncode',
};

/** A package cannot be made for want of a program. */
export class ToolMissing extends Error {
  constructor(name: string, what: string) {
    super(`${what} needs ${name}, which is not here. ${sources[name] ?? ''}`.trim());
  }
}

export function hasTool(name: string, searchPath = process.env.PATH ?? ''): boolean {
  return searchPath.split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, name), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}

/** @throws ToolMissing */
export function requireTool(name: string, what: string, searchPath?: string): void {
  if (!hasTool(name, searchPath)) throw new ToolMissing(name, what);
}

/** Runs one of them, with the commit's time as its clock (https://reproducible-builds.org/specs/source-date-epoch). */
export async function runTool(name: string, args: readonly string[], epoch: number): Promise<void> {
  await run(name, args, {
    env: { ...process.env, SOURCE_DATE_EPOCH: String(epoch), TZ: 'UTC', LC_ALL: 'C.UTF-8' },
    timeoutMs: 1_800_000,
  });
}
