import type { DoctorCheckCode } from '../../shared/doctor.ts';
import type { Look } from './check.ts';
import { dataFolderChecks } from './checks/data-folder.ts';
import { destinationChecks } from './checks/destinations.ts';
import { environmentChecks } from './checks/environment.ts';
import { listeningChecks } from './checks/listening.ts';
import { obsDockChecks } from './checks/obs-dock.ts';
import { obsFoundChecks } from './checks/obs-found.ts';
import { obsServerChecks } from './checks/obs-server.ts';
import { programChecks } from './checks/program.ts';
import { recordingChecks } from './checks/recording.ts';
import { storedChecks } from './checks/stored.ts';

/** Every check by its code; shared/doctor.ts has their order. */
export const allChecks: Readonly<Record<DoctorCheckCode, Look>> = {
  ...programChecks,
  ...environmentChecks,
  ...dataFolderChecks,
  ...listeningChecks,
  ...obsFoundChecks,
  ...obsServerChecks,
  ...obsDockChecks,
  ...recordingChecks,
  ...destinationChecks,
  ...storedChecks,
};
