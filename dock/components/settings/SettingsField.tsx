import type { SecretSetting, SettingName } from '../../../shared/settings.ts';
import { agent } from '../../agent/store.ts';
import { t } from '../../i18n/language.ts';
import { settingsWords } from '../../i18n/settings-words.ts';
import { ActionButton } from '../base/ActionButton.tsx';
import { ErrorNote } from '../base/ErrorNote.tsx';
import { Select } from '../base/Select.tsx';
import { settingsEditor } from './editor.ts';
import { type Field, toField } from './settings-fields.ts';

/** One setting: its label, its value or what was typed, why it cannot be changed, and what is wrong with it. */
export function SettingsField({ field }: { readonly field: Field }) {
  const words = settingsWords.value;
  const { name, kind } = field;
  const id = `setting-${name}`;
  const variable = agent.value?.settings.fixed[name];
  const fixedReason = variable === undefined ? undefined : words.fixed(variable);
  const problem = settingsEditor.problems.value[name];
  const label = words.fields[name as keyof typeof words.fields];
  return (
    <div class={kind === 'switch' ? 'field-row' : 'field'} data-setting={name}>
      <label class={kind === 'switch' ? '' : 'muted'} for={id}>
        {label}
      </label>
      <Control field={field} id={id} fixedReason={fixedReason} isInvalid={problem !== undefined} />
      {fixedReason === undefined ? null : (
        <p id={`${id}-fixed`} class="muted">
          {fixedReason}
        </p>
      )}
      {problem === undefined ? null : (
        <ErrorNote
          info={
            problem === 'not-number'
              ? { code: problem, message: words.notNumber }
              : { code: problem.code, message: problem.message.replace(name, label) }
          }
          alert
          id={`${id}-error`}
        />
      )}
    </div>
  );
}

interface ControlProps {
  readonly field: Field;
  readonly id: string;
  /** Why it cannot be changed here: the environment sets it. */
  readonly fixedReason: string | undefined;
  readonly isInvalid: boolean;
}

/** The input of a setting, by its kind. */
function Control({ field, id, fixedReason, isInvalid }: ControlProps) {
  const words = settingsWords.value;
  const { name, kind, choices } = field;
  const values = agent.value?.settings.values as Readonly<Record<string, unknown>> | undefined;
  const shown = settingsEditor.draft.value[name] ?? toField(field, values?.[name]);
  const describedBy = isInvalid ? `${id}-error` : fixedReason && `${id}-fixed`;
  if (kind === 'secret')
    return <Secret name={name as SecretSetting} id={id} fixedReason={fixedReason} isInvalid={isInvalid} />;
  if (kind === 'switch') {
    return (
      <input
        id={id}
        type="checkbox"
        role="switch"
        checked={shown === true}
        aria-checked={shown === true}
        aria-describedby={describedBy}
        disabled={fixedReason !== undefined}
        onChange={(event) => settingsEditor.type(name, event.currentTarget.checked)}
      />
    );
  }
  if (choices !== undefined) {
    return (
      <Select
        id={id}
        testId={id}
        label={name}
        choices={choices.map((choice) => [choice, choiceText(name, choice)] as const)}
        value={String(shown)}
        reason={fixedReason}
        onChoose={(choice) => settingsEditor.type(name, choice)}
      />
    );
  }
  return (
    <input
      id={id}
      type="text"
      inputMode={kind === 'text' || kind === 'mappings' ? 'text' : 'decimal'}
      autocomplete="off"
      spellcheck={false}
      placeholder={field.example ?? (words.placeholders as Partial<Record<SettingName, string>>)[name] ?? ''}
      value={String(shown)}
      readOnly={fixedReason !== undefined}
      aria-invalid={isInvalid}
      aria-describedby={describedBy}
      onInput={(event) => settingsEditor.type(name, event.currentTarget.value)}
    />
  );
}

function choiceText(name: SettingName, choice: string): string {
  const words = settingsWords.value;
  const texts: Readonly<Record<string, string>> =
    name === 'whileOnAir' ? words.whileOnAirChoices : name === 'deleteLocal' ? words.deleteChoices : {};
  return texts[choice] ?? choice;
}

/** The field of a secret. The agent never sends a secret back: only whether there is one is known. */
function Secret({ name, id, fixedReason, isInvalid }: Omit<ControlProps, 'field'> & { readonly name: SecretSetting }) {
  const words = settingsWords.value;
  const draft = settingsEditor.draft.value[name];
  const isSet = fixedReason !== undefined || (draft !== null && agent.value?.settings.secrets[name] === true);
  return (
    <div class="row tight">
      <input
        id={id}
        class="grow"
        type="password"
        autocomplete="new-password"
        placeholder={isSet ? words.secretSet : words.secretUnset}
        value={String(draft ?? '')}
        readOnly={fixedReason !== undefined}
        aria-invalid={isInvalid}
        aria-describedby={`${id}-${isInvalid ? 'error' : 'fixed'}`}
        onInput={({ currentTarget: { value } }) =>
          value === '' ? settingsEditor.undo(name) : settingsEditor.type(name, value)
        }
      />
      {isSet && fixedReason === undefined ? (
        <ActionButton
          testId={`${id}-clear`}
          label={words.clear}
          name={t.value.actionOn(words.clear, words.fields[name])}
          onPress={() => settingsEditor.type(name, null)}
        />
      ) : null}
    </div>
  );
}
