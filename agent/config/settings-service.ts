/** Settings as clients change them: a folder for recordings is looked at before it is taken. */
import path from 'node:path';
import { isLoopback } from '../../shared/ip-address.ts';
import { parseObsAddress } from '../../shared/obs-address.ts';
import type { SettingsService } from '../services.ts';
import { prepareRecordingsDir } from './recordings-dir.ts';
import type { SettingsStore } from './settings.ts';

/** @returns the service over these settings; its `change` makes a folder of recordings where it is missing */
export function settingsService(settings: SettingsStore): SettingsService {
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
      return settings.change(change, language);
    },
  };
}
