/** Edits the settings: what was typed stays until it is saved or undone, whatever the agent sends meanwhile. */
import { batch, computed, type ReadonlySignal, signal } from '@preact/signals';
import type { ErrorInfo } from '../../../shared/errors.ts';
import type { SettingName, SettingsChange } from '../../../shared/settings.ts';
import { reasonOf } from '../../agent/client.ts';
import { type Field, type FieldValue, fromField, groups } from './settings-fields.ts';

/** Why a field cannot be saved: the agent's reason, or that what was typed is no number. */
export type FieldProblem = ErrorInfo | 'not-number';

export interface SettingsEditor {
  /** What was typed and not saved yet, by setting; null: a secret shall be cleared. */
  readonly draft: ReadonlySignal<Readonly<Partial<Record<SettingName, FieldValue | null>>>>;
  readonly problems: ReadonlySignal<Readonly<Partial<Record<SettingName, FieldProblem>>>>;
  /** Whether anything was typed and not saved yet. */
  readonly dirty: ReadonlySignal<boolean>;
  type(name: SettingName, value: FieldValue | null): void;
  /** Forgets what was typed, in one field or in all. */
  undo(name?: SettingName): void;
  /** @returns whether everything is saved now */
  save(): Promise<boolean>;
}

const fields = new Map<SettingName, Field>(groups.flatMap((group) => group.fields.map((field) => [field.name, field])));

export interface SettingsEditorPorts {
  /** @throws AgentError */
  readonly change: (change: SettingsChange) => Promise<void>;
  /** Called with a failure that belongs to no field; null: the agent did not answer. */
  readonly onFailure: (info: ErrorInfo | null) => void;
}

/** The editor of one page. */
export function createSettingsEditor({ change, onFailure }: SettingsEditorPorts): SettingsEditor {
  const draft = signal<Partial<Record<SettingName, FieldValue | null>>>({});
  const problems = signal<Partial<Record<SettingName, FieldProblem>>>({});

  const without = <T extends object>(record: T, name: string): T => {
    const { [name as keyof T]: _, ...rest } = record;
    return rest as T;
  };

  async function save(): Promise<boolean> {
    const sent = draft.peek();
    const values: Record<string, unknown> = {};
    const invalid: Partial<Record<SettingName, FieldProblem>> = {};
    for (const [name, value] of Object.entries(sent) as [SettingName, FieldValue | null][]) {
      const field = fields.get(name);
      const setting = value === null || field === undefined ? value : fromField(field, value);
      if (setting === undefined) invalid[name] = 'not-number';
      else values[name] = setting;
    }
    problems.value = invalid;
    if (Object.keys(invalid).length > 0) return false;
    if (Object.keys(values).length === 0) return true;
    try {
      await change(values);
    } catch (error) {
      const info = reasonOf(error);
      // Of a list, which entry it is stands behind.
      const [field = ''] = String(info?.params?.field ?? '').split('.');
      if (info !== null && fields.has(field as SettingName)) {
        problems.value = { [field]: info };
      } else onFailure(info);
      return false;
    }
    batch(() => {
      // What was typed again meanwhile is not saved yet.
      for (const [name, value] of Object.entries(sent)) {
        if (draft.peek()[name as SettingName] === value) draft.value = without(draft.peek(), name);
      }
    });
    return Object.keys(draft.peek()).length === 0;
  }

  return {
    draft,
    problems,
    dirty: computed(() => Object.keys(draft.value).length > 0),
    type(name, value) {
      batch(() => {
        draft.value = { ...draft.peek(), [name]: value };
        problems.value = without(problems.peek(), name);
      });
    },
    undo(name) {
      batch(() => {
        draft.value = name === undefined ? {} : without(draft.peek(), name);
        problems.value = name === undefined ? {} : without(problems.peek(), name);
      });
    },
    save,
  };
}
