/** What OBS's record outputs say of their files: which one the run began with, and how it names the others. */
import path from 'node:path';
import * as z from 'zod';
import { type Asking, maybe } from './asking.ts';
import { obsPathSchema, recordOutputs } from './protocol.ts';

export const recordOutputSchema = z.object({
  /** The first file of the run that goes on, or that was the last. */
  first: z.string(),
  /** How it names its files; null: it does not say. */
  names: z.object({ directory: z.string(), format: z.string(), extension: z.string() }).nullable(),
  /** Whether it goes on in another file now and then. */
  splits: z.boolean(),
});
export type RecordOutput = z.infer<typeof recordOutputSchema>;

/** As OBS says it: its path has slashes everywhere. */
const namesSchema = z.object({
  directory: obsPathSchema,
  // No file system takes longer names; a format may have folders before.
  format: z.string().min(1).max(1000),
  extension: z.string().min(1).max(50),
});

/** Every record output that has written since OBS started, or since its profile was changed. */
export async function readRecordOutputs(obs: Asking): Promise<RecordOutput[]> {
  const asked = recordOutputs.map(async (outputName): Promise<RecordOutput | null> => {
    const settings = (await maybe(obs, 'GetOutputSettings', { outputName }))?.outputSettings;
    const first = obsPathSchema.safeParse(settings?.path ?? settings?.url);
    if (!settings || !first.success) return null;
    const names = namesSchema.safeParse(settings);
    return { first: first.data, names: names.success ? names.data : null, splits: settings.split_file === true };
  });
  return (await Promise.all(asked)).filter((output) => output !== null);
}

export interface ReplayNames {
  readonly prefix: string;
  readonly suffix: string;
}

/** What OBS puts before and behind the name of a replay. Both modes have it from Simple mode's settings (obs-studio, OBSBasic). */
export async function readReplayNames(obs: Asking): Promise<ReplayNames> {
  const parameter = async (parameterName: string): Promise<string> => {
    const answer = await maybe(obs, 'GetProfileParameter', { parameterCategory: 'SimpleOutput', parameterName });
    return (answer?.parameterValue ?? answer?.defaultParameterValue ?? '').trim();
  };
  return { prefix: await parameter('RecRBPrefix'), suffix: await parameter('RecRBSuffix') };
}

/** Whether a file is called as OBS calls a replay. */
export function isReplayName(file: string, { prefix, suffix }: ReplayNames): boolean {
  const { name } = path.parse(file);
  return (prefix !== '' || suffix !== '') && name.startsWith(prefix) && name.replace(/ \(\d+\)$/, '').endsWith(suffix);
}
