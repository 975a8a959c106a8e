import { enHelp, type HelpTexts } from './en-help.ts';
import { frHelp } from './fr-help.ts';
import { panelWords } from './language.ts';

export const helpWords = panelWords<HelpTexts>({ en: enHelp, fr: frHelp });
