import { agent } from '../../agent/store.ts';
import { chooseLanguage } from '../../dock.ts';
import { t } from '../../i18n/language.ts';
import { density, theme } from '../../preferences.ts';
import { choicesOf, Select } from '../base/Select.tsx';

interface LookProps<T extends string> {
  readonly testId: string;
  readonly label: string;
  readonly texts: Readonly<Record<T, string>>;
  readonly value: T;
  readonly onChoose: (choice: T) => void;
}

function Look<T extends string>({ label, texts, ...rest }: LookProps<T>) {
  return (
    <div class="field">
      <label class="muted" for={rest.testId}>
        {label}
      </label>
      <Select id={rest.testId} label={label} choices={choicesOf(texts)} {...rest} />
    </div>
  );
}

/** Language, theme and density: take effect at once. The language is everybody's, the others are this dock's own. */
export function LookFields() {
  const words = t.value.settings;
  return (
    <>
      <Look
        testId="language"
        label={words.language}
        texts={words.languages}
        value={agent.value?.settings.values.language ?? 'auto'}
        onChoose={(choice) => void chooseLanguage(choice)}
      />
      <Look
        testId="theme"
        label={words.theme}
        texts={words.themes}
        value={theme.value}
        onChoose={(choice) => {
          theme.value = choice;
        }}
      />
      <Look
        testId="density"
        label={words.density}
        texts={words.densities}
        value={density.value}
        onChoose={(choice) => {
          density.value = choice;
        }}
      />
    </>
  );
}
