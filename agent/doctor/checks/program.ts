/** The program itself: Node, what it needs, the built dock. */
import { access } from 'node:fs/promises';
import path from 'node:path';
import { type Checks, fault, warning } from '../check.ts';

/** node:sqlite as we use it, and type stripping. */
const leastNode = 24;
/** What the system calls the processors that Node has another word for. */
const archOf: Readonly<Record<string, string>> = { x86_64: 'x64', amd64: 'x64', aarch64: 'arm64', arm64: 'arm64' };

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

export const programChecks = {
  async node({ world }) {
    const { nodeVersion, arch, machine } = world.program;
    const major = Number(/^v?(\d+)\./.exec(nodeVersion)?.[1] ?? 0);
    if (major < leastNode) return [fault('doctor_node_old', { version: nodeVersion, least: leastNode })];
    const real = archOf[machine.toLowerCase()];
    return real !== undefined && real !== arch ? [warning('doctor_node_emulated', { arch, machine: real })] : [];
  },

  async program_files({ world }) {
    const { modules, dockDir } = world.program;
    const there = await Promise.all(modules.map(isThere));
    const missing = modules.filter((_, index) => !there[index]).map((folder) => path.basename(folder));
    return [
      ...(missing.length === 0 ? [] : [fault('doctor_modules_missing', { names: missing.join(', ') })]),
      ...((await isThere(path.join(dockDir, 'index.html'))) ? [] : [fault('doctor_dock_missing', { folder: dockDir })]),
    ];
  },
} satisfies Checks;
