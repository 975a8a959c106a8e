/** Setup as this machine needs it: where it looks, and what it asks. */
import { homedir } from 'node:os';
import type { Language } from '../../../shared/errors.ts';
import { type SetupCommandOptions, type SetupOutcome, setupCommand } from './command.ts';
import { type FoundObs, findObs } from './installations.ts';
import type { LookOptions } from './look.ts';
import { missingPlugins, pluginFolders } from './plugins.ts';
import { obsRunning } from './running.ts';
import { ObsSetup, type ObsSetupOptions } from './setup.ts';
import { ObsSetupService, type ObsSetupServiceOptions } from './setup-service.ts';

interface Place extends Pick<ObsSetupOptions, 'dataDir' | 'dock'> {
  /** Of OBS, as a person names them: portable ones, or configurations. */
  readonly folders?: readonly string[];
}
type OfMachine = LookOptions & Pick<ObsSetupServiceOptions, 'find'>;

function onThisMachine({ dataDir, dock, folders = [] }: Place): OfMachine {
  const { platform, env, arch } = process;
  const home = homedir();
  const isRunning = obsRunning(platform, env);
  return {
    find: () => findObs({ platform, env, home }, folders),
    isRunning,
    setup: new ObsSetup({ dataDir, dock, isRunning }),
    notes: ({ kind }: FoundObs) => missingPlugins(pluginFolders(kind, platform, arch, home)),
  };
}

/** For the agent. */
export function buildSetup({
  dataDir,
  dock,
  ...options
}: Place & Omit<ObsSetupServiceOptions, keyof OfMachine>): ObsSetupService {
  return new ObsSetupService({ ...options, ...onThisMachine({ dataDir, dock }) });
}

/** For a command, with the agent running or not; the data folder must be there. @throws StreamAIError setup_obs_not_found */
export function setupInTerminal(
  { language, say, ...place }: Place & { readonly language: Language; readonly say: (line: string) => void },
  options: SetupCommandOptions,
): Promise<SetupOutcome[]> {
  return setupCommand(options, { ...onThisMachine(place), language, say });
}
