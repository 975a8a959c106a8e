/** The settings that a person can change, where they come from and what the dock may see of them. */
import * as z from 'zod';
import { prioritySchema, subtitleModelSchema } from './domain.ts';
import { parseObsAddress } from './obs-address.ts';

const url = z
  .string()
  .max(2000)
  .refine(
    // Neither credentials, which would be shown, nor a query, behind which no path can stand.
    (text) => /^https?:\/\/[^\s@/?#\\]+(\/[^\s?#\\]*)?$/i.test(text) && URL.canParse(text),
    'is not an address such as https://example.com',
  );
const endpoint = z
  .string()
  .max(500)
  .regex(/^\/[^\s?#]*$/, 'does not start with / or has blanks');

/** Of what leaves for all destinations together. */
const bitsPerSecond = z.int().min(64_000).max(100_000_000_000);

/** What uploads do while OBS streams or records: go on as always, go on within `whileOnAirLimit`, or wait. */
export const whileOnAirChoices = ['full', 'limit', 'wait'] as const;
export const whileOnAirSchema = z.enum(whileOnAirChoices);
export type WhileOnAir = z.infer<typeof whileOnAirSchema>;
const key = z
  .string()
  .max(2000)
  .regex(/^[\x21-\x7e]*$/, 'has characters that a key cannot have');

/** Windows' drive or share, or a path of macOS and Linux. */
const isFullPath = (text: string): boolean => /^(?:[a-z]:(?:[\\/]|$)|[\\/]{2}[^\\/]+[\\/]+[^\\/]|\/)/i.test(text);

/** A folder on either side of a path mapping. */
const mappedFolder = z
  .string()
  .trim()
  .min(1)
  .max(4000)
  // The line of text has no way to write these.
  .regex(/^[^;\p{Cc}]*$/u, 'must not have a semicolon or a line end');

/** `PathMapping`s. */
export const pathMappingsSchema = z
  .array(
    z.object({
      obs: mappedFolder
        .regex(/^[^=]*$/, 'must not have an equals sign')
        .refine(isFullPath, 'is not a full path such as D:\\Rec, \\\\server\\share or /home/me/rec'),
      here: mappedFolder,
    }),
  )
  .max(20);

/** Every setting with its rule. `null` means: not set, use what is found or the default. */
export const settingsSchema = z.object({
  /** May come with the port and `ws://`; the agent takes them apart. */
  obsHost: z
    .string()
    .min(1)
    .max(255)
    .refine((text) => parseObsAddress(text) !== null, 'is not a host name'),
  obsPort: z.int().min(1).max(65535).nullable(),
  obsPassword: z.string().max(500).nullable(),
  processingUrl: url.nullable(),
  uploadEndpoint: endpoint,
  statusEndpoint: endpoint,
  processingApiKey: key.nullable(),
  autoUpload: z.boolean(),
  subtitleModel: subtitleModelSchema,
  priority: prioritySchema,
  recordingsDir: z.string().min(1).max(4000).nullable(),
  /** What OBS's folders are called here, where OBS runs on another machine. */
  pathMappings: pathMappingsSchema.nullable(),
  /** Whether a recording goes to Object Storage while OBS still writes it. */
  uploadWhileRecording: z.boolean(),
  bandwidthLimit: bitsPerSecond.nullable(),
  whileOnAir: whileOnAirSchema,
  whileOnAirLimit: bitsPerSecond,
  /** `verified`: a recording's local file is deleted once its copy was proven afresh. */
  deleteLocal: z.enum(['never', 'verified']),
  /** `deleteLocal` spares the files of so many of the newest sessions. */
  keepLast: z.int().min(1).max(100_000).nullable(),
  /** `deleteLocal` deletes only while the disk has less room than this, bytes. */
  keepFreeBytes: z.int().min(1).nullable(),
  /** `{word}`: StreamAI fills `templateWords` (template.ts); any other one is a field that a person fills. */
  nameTemplate: z.string().min(1).max(200),
  language: z.enum(['auto', 'en', 'fr']),
  /** Whether a person was asked once about setting OBS up, and has decided. */
  setupSeen: z.boolean(),
  objectStorageEndpoint: url.nullable(),
  objectStorageBucket: z
    .string()
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, and the _ and capitals of old buckets.
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/, 'is not a bucket name')
    .nullable(),
  objectStorageAccessKey: key.nullable(),
  objectStorageSecretKey: key.nullable(),
  /** How the bucket is named in URLs: in the host, in the path, or in the host where that is there. */
  objectStorageAddressing: z.enum(['auto', 'path', 'host']),
  /** That signatures name; null: as the address says, or as the store wants it. */
  objectStorageRegion: z
    .string()
    .regex(/^[a-zA-Z0-9-]{1,60}$/, 'is not a region')
    .nullable(),
  /** Before every key, such as `recordings/`. */
  objectStoragePrefix: z.string().max(500),
  /** As `nameTemplate`, with `keyTemplateWords`. */
  objectStorageKeyTemplate: z.string().min(1).max(500),
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
  pathMappings: null,
  uploadWhileRecording: true,
  bandwidthLimit: null,
  whileOnAir: 'full',
  whileOnAirLimit: 5_000_000,
  deleteLocal: 'never',
  keepLast: null,
  keepFreeBytes: null,
  nameTemplate: '{date} {time}',
  language: 'auto',
  setupSeen: false,
  objectStorageEndpoint: null,
  objectStorageBucket: null,
  objectStorageAccessKey: null,
  objectStorageSecretKey: null,
  objectStorageAddressing: 'auto',
  objectStorageRegion: null,
  objectStoragePrefix: '',
  objectStorageKeyTemplate: '{date}/{session}/{file}',
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
  pathMappings: 'OBS_PATH_MAPPINGS',
  bandwidthLimit: 'UPLOAD_BANDWIDTH_LIMIT',
  objectStorageEndpoint: 'VULTR_OBJECT_STORAGE_ENDPOINT',
  objectStorageBucket: 'VULTR_OBJECT_STORAGE_BUCKET',
  objectStorageAccessKey: 'VULTR_OBJECT_STORAGE_ACCESS_KEY',
  objectStorageSecretKey: 'VULTR_OBJECT_STORAGE_SECRET_KEY',
  objectStorageAddressing: 'VULTR_OBJECT_STORAGE_ADDRESSING',
  objectStorageRegion: 'VULTR_OBJECT_STORAGE_REGION',
  objectStoragePrefix: 'VULTR_OBJECT_STORAGE_PREFIX',
};

/** Settings that clients can write and never read. */
export const secretSettings = [
  'obsPassword',
  'processingApiKey',
  'objectStorageSecretKey',
] as const satisfies readonly SettingName[];
export type SecretSetting = (typeof secretSettings)[number];

export const publicSettingsSchema = settingsSchema.omit({
  obsPassword: true,
  processingApiKey: true,
  objectStorageSecretKey: true,
});

/** What clients see: values without secrets; which secrets are set; what the environment fixes, and by which variable. */
export const settingsViewSchema = z.object({
  values: publicSettingsSchema,
  secrets: z.record(z.enum(secretSettings), z.boolean()),
  fixed: z.record(z.string(), z.string()),
});
export type SettingsView = z.infer<typeof settingsViewSchema>;

/** Some of the settings, to be changed: what is absent stays, and null is the default again. */
export type SettingsChange = { readonly [K in SettingName]?: Settings[K] | null | undefined };
const orNull = Object.entries(settingsSchema.shape).map(([name, rule]) => [name, rule.nullable().optional()] as const);
export const settingsChangeSchema: z.ZodType<SettingsChange> = z.strictObject(Object.fromEntries(orNull));
