import { chooseLanguage } from '../dock.ts';
import { language, t } from '../i18n/language.ts';

/** One tap to the other language, named in itself. */
export function LanguageSwitch() {
  const other = language.value === 'fr' ? 'en' : 'fr';
  return (
    <button type="button" class="quiet" data-testid="language" lang={other} onClick={() => void chooseLanguage(other)}>
      {t.value.otherLanguage}
    </button>
  );
}
