/** For tests: one OBS in a temporary folder, and setup for it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { foundObs, type Prepared, wantedDock, writeOrdinary } from './configurations-fixture.ts';
import type { WantedDock } from './dock-list.ts';
import type { FoundObs } from './installations.ts';
import { ObsSetup } from './setup.ts';
import { type ObsVersion, versionOfConfig } from './version.ts';

export interface SetupWorld {
  readonly obs: Prepared;
  readonly found: FoundObs;
  readonly setup: ObsSetup;
  /** The folder with everything of OBS's. */
  readonly place: string;
  readonly dataDir: string;
  /** May be changed: whether OBS runs, and what address the dock is to have. */
  readonly now: { running: boolean; dock: WantedDock };
}

/** In an empty folder that goes when the test is over. */
export async function setupWorld(
  version: ObsVersion,
  { prepare, isPortable = false }: { prepare?: (obs: Prepared) => Promise<void>; isPortable?: boolean } = {},
): Promise<SetupWorld> {
  const folder = await mkdtemp(path.join(tmpdir(), 'streamai-setup-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const place = path.join(folder, 'obs');
  const root = path.join(place, isPortable ? 'OBS/config/obs-studio' : 'config/obs-studio');
  const obs = await writeOrdinary(root, version);
  await prepare?.(obs);
  const dataDir = path.join(folder, 'data');
  const now = { running: false, dock: wantedDock };
  const setup = new ObsSetup({
    dataDir,
    dock: () => now.dock,
    isRunning: async () => now.running,
    newPassword: () => 'a-new-one',
  });
  return { obs, found: foundObs(obs, (await versionOfConfig(root)).version, isPortable), setup, place, dataDir, now };
}
