import { enSettings, type SettingsTexts } from './en-settings.ts';
import { frSettings } from './fr-settings.ts';
import { panelWords } from './language.ts';

export const settingsWords = panelWords<SettingsTexts>({ en: enSettings, fr: frSettings });
