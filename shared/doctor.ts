/** What doctor found on a machine: the same for the terminal, REST and the dock. */
import * as z from 'zod';
import { errorInfoSchema } from './error-schema.ts';

/** The checks by their stable codes, in the order in which they are told; each with its group. */
export const doctorChecks = {
  env_file: 'program',
  node: 'program',
  program_files: 'program',
  data_folder: 'program',
  data_folder_private: 'program',
  data_folder_use: 'program',
  port: 'program',
  agent: 'program',
  autostart: 'program',
  stored_data: 'program',
  obs_installed: 'obs',
  obs_configurations: 'obs',
  obs_running: 'obs',
  obs_websocket: 'obs',
  obs_plugin: 'obs',
  obs_port: 'obs',
  obs_password: 'obs',
  obs_browser: 'obs',
  obs_dock: 'obs',
  recording_folder: 'recording',
  recording_format: 'recording',
  recordings: 'recording',
  proxy: 'destinations',
  processing: 'destinations',
  object_storage: 'destinations',
  uploads: 'destinations',
} as const satisfies Record<string, 'program' | 'obs' | 'recording' | 'destinations'>;
export type DoctorCheckCode = keyof typeof doctorChecks;
export type DoctorGroup = (typeof doctorChecks)[DoctorCheckCode];

/** What `doctor --fix` can do by itself. */
export const doctorMends = ['start', 'restart', 'autostart', 'private', 'folder', 'setup'] as const;
export type DoctorMend = (typeof doctorMends)[number];

/** `skipped`: there was nothing to look at, or what stands above kept it from being looked at. */
export const doctorStates = ['good', 'warning', 'fault', 'skipped'] as const;
export type DoctorState = (typeof doctorStates)[number];

export const doctorCheckSchema = z.object({
  /** One of `doctorChecks`; any text, so that a newer agent's are shown too. */
  code: z.string(),
  group: z.string(),
  /** What was looked at, in the reader's language. */
  title: z.string(),
  state: z.enum(doctorStates),
  /** What is wrong and what mends it, the worst first. */
  notices: z.array(errorInfoSchema),
  /** null: a person has to mend it. */
  mend: z.enum(doctorMends).nullable(),
});
export type DoctorCheck = z.infer<typeof doctorCheckSchema>;

export const doctorReportSchema = z.object({
  version: z.string(),
  checks: z.array(doctorCheckSchema),
  counts: z.object({ good: z.int(), warning: z.int(), fault: z.int(), skipped: z.int() }),
});
export type DoctorReport = z.infer<typeof doctorReportSchema>;
