import { type SpawnOptions, spawn } from 'node:child_process';
import path from 'node:path';

/** The project's folder. */
export const root = path.resolve(import.meta.dirname, '../..');

/** The JavaScript entry points of the tools that scripts run; run with our own Node they need no shell on any platform. */
export const tools = {
  biome: path.join(root, 'node_modules/@biomejs/biome/bin/biome'),
  tsc: path.join(root, 'node_modules/typescript/bin/tsc'),
  vite: path.join(root, 'node_modules/vite/bin/vite.js'),
  vitest: path.join(root, 'node_modules/vitest/vitest.mjs'),
};

/**
 * Runs a JavaScript or TypeScript file with this Node in the project's folder.
 * @returns the exit code, 1 when a signal ended it
 */
export function runNode(file: string, args: string[] = [], options: SpawnOptions = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...args], {
      cwd: root,
      stdio: 'inherit',
      windowsHide: true,
      ...options,
    });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

export const checkTypes = (): Promise<number> => runNode(tools.tsc, ['--noEmit', '-p', '.']);

/** Warnings count: the project has none. */
export const checkLint = (): Promise<number> => runNode(tools.biome, ['check', '--error-on-warnings']);
