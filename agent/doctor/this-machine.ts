/** The machine that this program runs on, as doctor sees it. */
import { arch, machine } from 'node:os';
import path from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import type { Language } from '../../shared/errors.ts';
import { type EnvironmentSource, readEnvironment } from '../config/environment.ts';
import { findObs } from '../obs/setup/installations.ts';
import { missingPlugins, pluginFolders } from '../obs/setup/plugins.ts';
import { obsRunning } from '../obs/setup/running.ts';
import { isPackaged, productFiles } from '../product-files.ts';
import { isDatabaseInUse } from '../storage/database.ts';
import { version } from '../version.ts';
import type { DoctorWorld } from './facts.ts';
import { readStored } from './stored-data.ts';

type Given = Pick<DoctorWorld, 'source' | 'language' | 'agent' | 'findAgent' | 'autostart'> & {
  readonly dockDir: string;
  readonly startCommand: string;
};

export function thisWorld({ dockDir, startCommand, ...given }: Given): DoctorWorld {
  const { source, language } = given;
  const { platform, env, home } = source;
  return {
    ...given,
    program: {
      version,
      nodeVersion: process.version,
      arch: arch(),
      machine: machine(),
      dockDir,
      modules: modulesOf(productFiles.root),
      startCommand,
    },
    openStored: async () => openStored(source, language),
    findObs: () => findObs({ platform, env, home }),
    isObsRunning: obsRunning(platform, env),
    missingPlugins: ({ kind }) => missingPlugins(pluginFolders(kind, platform, process.arch, home)),
    now: Date.now,
  };
}

/** A package has them all in its bundle. */
function modulesOf(root: string): string[] {
  return isPackaged ? [] : Object.keys(packageJson.dependencies).map((name) => path.join(root, 'node_modules', name));
}

/** @throws StreamAIError config_invalid | database_newer */
function openStored(source: EnvironmentSource, language: Language) {
  const file = path.join(readEnvironment(source, language).dataDir, 'streamai.db');
  return isDatabaseInUse(file) ? null : readStored(file);
}
