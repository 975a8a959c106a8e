/** Says in plain words what zod found wrong, in the reader's language. */
import type { core } from 'zod';
import type { Language } from '../../shared/errors.ts';

/** The messages that our own schemas have (shared/settings.ts, shared/api.ts, env-values.ts), in French. */
const french: Readonly<Record<string, string>> = {
  'is not an address such as https://example.com': 'n’est pas une adresse telle que https://example.com',
  'does not start with / or has blanks': 'ne commence pas par / ou contient des espaces',
  'is not a host name': 'n’est pas un nom d’hôte',
  'has characters that a key cannot have': 'contient des caractères qu’une clé ne peut pas avoir',
  'must not have a semicolon or a line end': 'ne doit contenir ni point-virgule ni fin de ligne',
  'must not have an equals sign': 'ne doit pas contenir de signe égal',
  'is not a full path such as D:\\Rec, \\\\server\\share or /home/me/rec':
    'n’est pas un chemin complet tel que D:\\Rec, \\\\serveur\\partage ou /home/moi/rec',
  'is not a bucket name': 'n’est pas un nom de bucket',
  'is not a region': 'n’est pas une région',
  'was not given by StreamAI': 'ne vient pas de StreamAI',
  'is given twice: as text and as name': 'est donné deux fois : comme text et comme name',
  'needs either sessionId or sessionName': 'exige soit sessionId, soit sessionName',
  'must be true or false': 'doit être true ou false',
  'must be bits per second, such as 20M, 500k or 1.5M':
    'doit être un débit en bits par seconde, tel que 20M, 500k ou 1.5M',
  'must be an address such as 127.0.0.1': 'doit être une adresse telle que 127.0.0.1',
  'is not a proxy such as http://proxy.example.com:3128': 'n’est pas un proxy tel que http://proxy.example.com:3128',
  'must be a page’s origin on this machine, such as http://localhost:5173':
    'doit être l’origine d’une page sur cette machine, telle que http://localhost:5173',
};
const betweenNumbers = /^must be a whole number between (\d+) and (\d+)$/;

const kinds: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  string: { en: 'a text', fr: 'un texte' },
  number: { en: 'a number', fr: 'un nombre' },
  int: { en: 'a whole number', fr: 'un nombre entier' },
  boolean: { en: 'true or false', fr: 'true ou false' },
  array: { en: 'a list', fr: 'une liste' },
  object: { en: 'a JSON object', fr: 'un objet JSON' },
};

const words = {
  en: {
    mustBe: (what: string) => `must be ${what}`,
    oneOf: (values: string) => `must be one of ${values}`,
    empty: 'must not be empty',
    atLeast: (limit: string) => `must be at least ${limit}`,
    atMost: (limit: string) => `must be at most ${limit}`,
    shortest: (limit: string) => `must have at least ${limit} characters`,
    longest: (limit: string) => `must have at most ${limit} characters`,
    unknown: 'is not known here',
    invalid: 'is not valid',
  },
  fr: {
    mustBe: (what: string) => `doit être ${what}`,
    oneOf: (values: string) => `doit être l’un de ${values}`,
    empty: 'ne doit pas être vide',
    atLeast: (limit: string) => `doit être au moins ${limit}`,
    atMost: (limit: string) => `doit être au plus ${limit}`,
    shortest: (limit: string) => `doit avoir au moins ${limit} caractères`,
    longest: (limit: string) => `doit avoir au plus ${limit} caractères`,
    unknown: 'est inconnu ici',
    invalid: 'n’est pas valide',
  },
} as const;

/** What is wrong with a field, to be read after its name: `must be at most 10`. */
export function issueReason(issue: core.$ZodIssue, language: Language = 'en'): string {
  const say = words[language];
  switch (issue.code) {
    case 'invalid_type':
      return say.mustBe(kinds[issue.expected]?.[language] ?? issue.expected);
    case 'invalid_value':
      return say.oneOf(issue.values.map(String).join(', '));
    case 'too_small':
      if (issue.origin !== 'string') return say.atLeast(String(issue.minimum));
      return issue.minimum === 1 ? say.empty : say.shortest(String(issue.minimum));
    case 'too_big':
      return issue.origin === 'string' ? say.longest(String(issue.maximum)) : say.atMost(String(issue.maximum));
    case 'unrecognized_keys':
      return say.unknown;
    case 'custom':
    case 'invalid_format':
      return ownWords(issue.message, language) ?? say.invalid;
    default:
      return say.invalid;
  }
}

/** zod's own messages are for programmers (`Invalid ISO datetime`); ours begin with a small letter. */
function ownWords(message: string, language: Language): string | undefined {
  if (!/^\p{Ll}/u.test(message)) return undefined;
  if (language === 'en') return message;
  return french[message] ?? message.replace(betweenNumbers, 'doit être un nombre entier entre $1 et $2');
}

/** The same as a sentence's end of its own: `it must be at most 10`. */
export function issueSentence(issue: core.$ZodIssue, language: Language = 'en'): string {
  return `${language === 'fr' ? 'cette valeur' : 'it'} ${issueReason(issue, language)}`;
}

/**
 * The field that an issue is about, `a.b.0`. Bounded: names may come from outside.
 * @param whole what the value as a whole is called, for issues that are about no field of it
 */
export function issueField(issue: core.$ZodIssue, whole: string): string {
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path;
  return path.length === 0 ? whole : path.map(String).join('.').slice(0, 100);
}
