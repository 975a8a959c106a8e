/** Words that depend on a number, by the rules of the language (CLDR through Intl.PluralRules). */
import type { Language } from '../../shared/errors.ts';

/** `{n}` stands for the number. English has one and other, French also many (1 000 000 de fichiers). */
export interface PluralForms {
  readonly one: string;
  readonly many?: string;
  readonly other: string;
}

export function plural(language: Language, forms: PluralForms, n: number): string {
  const rule = new Intl.PluralRules(language).select(n);
  const form = rule === 'one' ? forms.one : rule === 'many' ? (forms.many ?? forms.other) : forms.other;
  return form.replace('{n}', new Intl.NumberFormat(language).format(n));
}
