import type { Language } from '../../../shared/errors.ts';
import { agent, agentConnected } from '../../agent/store.ts';
import { ask } from '../../dock.ts';
import { chosenLanguage } from '../../i18n/language.ts';
import { settingsWords } from '../../i18n/settings-words.ts';
import { density, theme } from '../../preferences.ts';
import { choicesOf, Select } from '../base/Select.tsx';

interface LookChoiceProps<T extends string> {
  readonly testId: string;
  readonly label: string;
  readonly texts: Readonly<Record<T, string>>;
  readonly value: T;
  readonly onChoose: (choice: T) => void;
}

/** A choice that takes effect at once. */
function LookChoice<T extends string>({ label, texts, ...rest }: LookChoiceProps<T>) {
  return (
    <div class="field">
      <label class="muted" for={rest.testId}>
        {label}
      </label>
      <Select id={rest.testId} label={label} choices={choicesOf(texts)} {...rest} />
    </div>
  );
}

/** Changes the language of this page at once, and of every dock once the agent has taken it. */
async function chooseLanguage(choice: Language | 'auto'): Promise<void> {
  chosenLanguage.value = choice === 'auto' ? null : choice;
  if (agentConnected.peek()) await ask((agentClient) => agentClient.changeSettings({ language: choice }));
}

/** Language, theme and density. The language is a setting of every dock; the others are kept in this browser. */
export function LookFields() {
  const words = settingsWords.value;
  return (
    <>
      <LookChoice
        testId="language"
        label={words.language}
        texts={words.languages}
        value={agent.value?.settings.values.language ?? 'auto'}
        onChoose={(choice) => void chooseLanguage(choice)}
      />
      <LookChoice
        testId="theme"
        label={words.theme}
        texts={words.themes}
        value={theme.value}
        onChoose={(choice) => {
          theme.value = choice;
        }}
      />
      <LookChoice
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
