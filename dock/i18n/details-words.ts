import { type DetailsTexts, enDetails } from './en-details.ts';
import { frDetails } from './fr-details.ts';
import { panelWords } from './language.ts';

export const detailsWords = panelWords<DetailsTexts>({ en: enDetails, fr: frDetails });
