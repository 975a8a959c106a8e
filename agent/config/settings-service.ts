/** Settings as clients change them: a folder for recordings, and what OBS's folders are called here, is tried before it is taken. */
import path from 'node:path';
import type { Language } from '../../shared/errors.ts';
import { isLoopback } from '../../shared/ip-address.ts';
import { parseObsAddress } from '../../shared/obs-address.ts';
import type { PathMapping } from '../../shared/path-mappings.ts';
import type { SettingsService } from '../services.ts';
import { prepareRecordingsDir } from './recordings-dir.ts';
import type { SettingsStore } from './settings.ts';

/**
 * @param tryMappings throws a StreamAIError where one of them does not lead to OBS's folder
 * @returns the service over these settings; its `change` makes a folder of recordings where it is missing
 */
export function settingsService(
  settings: SettingsStore,
  tryMappings: (mappings: readonly PathMapping[], language?: Language) => Promise<void> = async () => {},
): SettingsService {
  return {
    view: settings.view,
    async change(change, language) {
      const { recordingsDir } = change;
      const obsHost = change.obsHost ?? settings.current().obsHost;
      // OBS's folder on another machine cannot be looked at; what is refused for another reason makes no folder.
      const isHere = isLoopback(parseObsAddress(obsHost)?.host ?? obsHost);
      if (recordingsDir && isHere && path.isAbsolute(recordingsDir) && !('recordingsDir' in settings.view().fixed)) {
        await prepareRecordingsDir(recordingsDir, language);
      }
      const mappings = change.pathMappings ?? [];
      const isNews = !('pathMappings' in settings.view().fixed) && mappings.every(({ here }) => path.isAbsolute(here));
      if (mappings.length > 0 && isNews) await tryMappings(mappings, language);
      return settings.change(change, language);
    },
  };
}
