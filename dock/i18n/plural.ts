/** Texts that depend on a number, by the rules of the language (CLDR through Intl.PluralRules). */
import type { Language } from '../../shared/errors.ts';

/** The forms of a text; `{n}` stands for the number. Only French has `many` (1 000 000 de fichiers). */
export interface PluralForms {
  readonly one: string;
  readonly many?: string;
  readonly other: string;
}

/** The form for a number, with the number in it. */
export function plural(language: Language, forms: PluralForms, n: number): string {
  const rule = new Intl.PluralRules(language).select(n);
  const form = rule === 'one' ? forms.one : rule === 'many' ? (forms.many ?? forms.other) : forms.other;
  return form.replace('{n}', new Intl.NumberFormat(language).format(n));
}
