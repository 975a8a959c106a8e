/** The fields of the settings' form: their order, their kinds, and how a setting becomes text and back. */
import { formatPathMappings, type PathMapping, parsePathMappings } from '../../../shared/path-mappings.ts';
import type { SettingName } from '../../../shared/settings.ts';

/**
 * `megabits` and `gigabytes` show a number in these units; the setting itself is in bits per second or bytes. `mappings` is one line of
 * text for a list of folders.
 */
export type FieldKind = 'text' | 'mappings' | 'number' | 'switch' | 'choice' | 'secret' | 'megabits' | 'gigabytes';

export interface Field {
  readonly name: SettingName;
  readonly kind: FieldKind;
  /** Whether an empty field means that the setting is not set (null). */
  readonly nullable?: boolean;
  readonly choices?: readonly string[];
  /** An example of a value, shown while the field is empty. */
  readonly example?: string;
}

export type GroupId = 'obs' | 'recording' | 'uploads' | 'processing' | 'storage' | 'files';

/** The groups of the form in their order, each with its fields. */
export const groups: readonly { readonly id: GroupId; readonly fields: readonly Field[] }[] = [
  {
    id: 'recording',
    fields: [
      { name: 'nameTemplate', kind: 'text' },
      { name: 'autoUpload', kind: 'switch' },
      { name: 'subtitleModel', kind: 'choice', choices: ['tiny', 'base', 'small', 'medium', 'large'] },
      { name: 'priority', kind: 'number' },
      { name: 'recordingsDir', kind: 'text', nullable: true },
    ],
  },
  {
    id: 'uploads',
    fields: [
      { name: 'uploadWhileRecording', kind: 'switch' },
      { name: 'bandwidthLimit', kind: 'megabits', nullable: true },
      { name: 'whileOnAir', kind: 'choice', choices: ['full', 'limit', 'wait'] },
      { name: 'whileOnAirLimit', kind: 'megabits' },
    ],
  },
  {
    id: 'processing',
    fields: [
      { name: 'processingUrl', kind: 'text', nullable: true, example: 'https://example.com' },
      { name: 'processingApiKey', kind: 'secret' },
      { name: 'uploadEndpoint', kind: 'text' },
      { name: 'statusEndpoint', kind: 'text' },
    ],
  },
  {
    id: 'storage',
    fields: [
      { name: 'objectStorageEndpoint', kind: 'text', nullable: true, example: 'https://ewr1.vultrobjects.com' },
      { name: 'objectStorageBucket', kind: 'text', nullable: true },
      { name: 'objectStorageAccessKey', kind: 'text', nullable: true },
      { name: 'objectStorageSecretKey', kind: 'secret' },
      { name: 'objectStoragePrefix', kind: 'text' },
      { name: 'objectStorageKeyTemplate', kind: 'text' },
    ],
  },
  {
    id: 'files',
    fields: [
      { name: 'deleteLocal', kind: 'choice', choices: ['never', 'verified'] },
      { name: 'keepLast', kind: 'number', nullable: true },
      { name: 'keepFreeBytes', kind: 'gigabytes', nullable: true },
    ],
  },
  {
    id: 'obs',
    fields: [
      { name: 'obsHost', kind: 'text' },
      { name: 'obsPort', kind: 'number', nullable: true },
      { name: 'obsPassword', kind: 'secret' },
      { name: 'pathMappings', kind: 'mappings', nullable: true, example: 'D:\\Rec = /mnt/rec; …' },
    ],
  },
];

/** What a field's number is multiplied with to give the setting. */
const factors: Partial<Record<FieldKind, number>> = { number: 1, megabits: 1_000_000, gigabytes: 1_000_000_000 };

/** What a field holds: a text, or whether a switch is on. */
export type FieldValue = string | boolean;

/** A setting's value as its field shows it. */
export function toField({ kind }: Field, value: unknown): FieldValue {
  if (kind === 'switch') return value === true;
  if (kind === 'mappings') return formatPathMappings((value ?? []) as readonly PathMapping[]);
  const factor = factors[kind];
  return factor !== undefined && typeof value === 'number' ? String(value / factor) : String(value ?? '');
}

/** The setting that a field's content stands for; undefined where it should be a number and is none. */
export function fromField(
  { kind, nullable }: Field,
  shown: FieldValue,
): string | number | boolean | null | undefined | readonly PathMapping[] {
  if (typeof shown === 'boolean') return shown;
  const factor = factors[kind];
  const text = kind === 'secret' ? shown : shown.trim();
  if (text === '' && nullable) return null;
  if (kind === 'mappings') return parsePathMappings(text);
  if (factor === undefined) return text;
  const number = Number(text.replace(',', '.'));
  return text === '' || !Number.isFinite(number) ? undefined : Math.round(number * factor);
}
