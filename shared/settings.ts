/** The settings that a person can change, where they come from and what the dock may see of them. */
import * as z from 'zod';
import { prioritySchema, subtitleModelSchema } from './domain.ts';

const url = z
  .string()
  .max(2000)
  .refine(
    // Neither credentials, which would be shown, nor a query, behind which no path can follow.
    (text) => /^https?:\/\/[^\s@/?#\\]+(\/[^\s?#\\]*)?$/i.test(text) && URL.canParse(text),
    'is not an address such as https://example.com',
  );
const endpoint = z
  .string()
  .max(500)
  .regex(/^\/[^\s?#]*$/, 'does not start with / or has blanks');

/** Every setting with its rule. `null` means: not set, use what is found or the default. */
export const settingsSchema = z.object({
  obsHost: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[^\s/]+$/, 'is not a host name'),
  obsPort: z.int().min(1).max(65535).nullable(),
  obsPassword: z.string().max(500).nullable(),
  processingUrl: url.nullable(),
  uploadEndpoint: endpoint,
  statusEndpoint: endpoint,
  processingApiKey: z
    .string()
    .max(2000)
    .regex(/^[\x21-\x7e]*$/, 'has characters that a key cannot have')
    .nullable(),
  autoUpload: z.boolean(),
  subtitleModel: subtitleModelSchema,
  priority: prioritySchema,
  recordingsDir: z.string().min(1).max(4000).nullable(),
  /** `{date}` and `{time}` stand for the start of the recording. */
  nameTemplate: z.string().min(1).max(200),
  language: z.enum(['auto', 'en', 'fr']),
});
export type Settings = z.infer<typeof settingsSchema>;
export type SettingName = keyof Settings;

export const defaultSettings: Settings = {
  obsHost: 'localhost',
  obsPort: null,
  obsPassword: null,
  processingUrl: null,
  uploadEndpoint: '/upload',
  statusEndpoint: '/status',
  processingApiKey: null,
  autoUpload: true,
  subtitleModel: 'base',
  priority: 1,
  recordingsDir: null,
  nameTemplate: '{date} {time}',
  language: 'auto',
};

/** The environment variable that fixes a setting, where there is one. */
export const settingVariables: Readonly<Partial<Record<SettingName, string>>> = {
  obsHost: 'OBS_HOST',
  obsPort: 'OBS_PORT',
  obsPassword: 'OBS_PASSWORD',
  processingUrl: 'VULTR_API_URL',
  uploadEndpoint: 'VULTR_UPLOAD_ENDPOINT',
  statusEndpoint: 'VULTR_STATUS_ENDPOINT',
  processingApiKey: 'VULTR_API_KEY',
  autoUpload: 'VULTR_AUTO_UPLOAD',
  subtitleModel: 'DEFAULT_SUBTITLE_MODEL',
  priority: 'DEFAULT_PRIORITY',
  recordingsDir: 'RECORDINGS_DIR',
};

/** Settings that are written but never read back by a client. */
export const secretSettings = ['obsPassword', 'processingApiKey'] as const satisfies readonly SettingName[];
export type SecretSetting = (typeof secretSettings)[number];

export const publicSettingsSchema = settingsSchema.omit({ obsPassword: true, processingApiKey: true });

/** What a client sees: the values without secrets, whether each secret is set, and what the environment fixes by which variable. */
export const settingsViewSchema = z.object({
  values: publicSettingsSchema,
  secrets: z.object({ obsPassword: z.boolean(), processingApiKey: z.boolean() }),
  fixed: z.record(z.string(), z.string()),
});
export type SettingsView = z.infer<typeof settingsViewSchema>;

/** A change: any part of the settings; what is absent stays. */
export const settingsChangeSchema = settingsSchema.partial().strict();
export type SettingsChange = z.infer<typeof settingsChangeSchema>;
