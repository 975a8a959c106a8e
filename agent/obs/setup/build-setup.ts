/** Setup as this machine needs it: where it looks, and what it asks. */
import { homedir } from 'node:os';
import { findObs } from './installations.ts';
import { missingPlugins, pluginFolders } from './plugins.ts';
import { obsRunning } from './running.ts';
import { ObsSetup, type ObsSetupOptions } from './setup.ts';
import { ObsSetupService, type ObsSetupServiceOptions } from './setup-service.ts';

type Options = Pick<ObsSetupOptions, 'dataDir' | 'dock'> &
  Omit<ObsSetupServiceOptions, keyof ReturnType<typeof thisMachine>>;

/** Everything that is this machine's. @param folders of OBS, which a person names */
export function thisMachine(
  { dataDir, dock }: Pick<ObsSetupOptions, 'dataDir' | 'dock'>,
  folders: readonly string[] = [],
) {
  const { platform, env, arch } = process;
  const home = homedir();
  const isRunning = obsRunning(platform, env);
  return {
    find: () => findObs({ platform, env, home }, folders),
    isRunning,
    setup: new ObsSetup({ dataDir, dock, isRunning }),
    notes: ({ kind }: { kind: Parameters<typeof pluginFolders>[0] }) =>
      missingPlugins(pluginFolders(kind, platform, arch, home)),
  };
}

export function buildSetup({ dataDir, dock, ...options }: Options): ObsSetupService {
  return new ObsSetupService({ ...options, ...thisMachine({ dataDir, dock }) });
}
