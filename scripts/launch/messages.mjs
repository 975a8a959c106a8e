// Every sentence the launcher says, in the languages of the project. An error names its cause and its fix.

/** @type {Record<string, string>} */
const english = {
  noCommand: 'A command is missing. Commands: {commands}.',
  unknownCommand: 'Unknown command "{name}". Commands: {commands}.',
  gettingNode: 'StreamAI needs Node {minimum} or newer and this is {running}: getting Node {wanted}, once…',
  gettingDependencies: 'Installing the dependencies…',
  waiting: 'Another start of StreamAI is installing: waiting for it…',
  unsupportedPlatform:
    'StreamAI needs Node {minimum} or newer, and none can be fetched for {platform}-{arch}. Install it from nodejs.org, then run this again.',
  nodeDoesNotRun:
    'The Node {wanted} that was fetched does not run on this system. Install Node {minimum} or newer from your system or from nodejs.org, then run this again.',
  noNpm: 'npm was not found. Install Node {minimum} or newer from nodejs.org (npm comes with it), then run this again.',
  npmNetwork:
    'npm could not reach its registry ({detail}). Check the internet connection and any proxy, then run this again.',
  npmSpace: 'The disk is full ({detail}). Free some space, then run this again.',
  npmPermission:
    'npm may not write where it must ({detail}). Close other programs that use this folder and check that it belongs to you, then run this again.',
  npmLock:
    'package.json and package-lock.json disagree ({detail}). Undo the changes to them or run "npm install", then run this again.',
  npmIntegrity:
    'What npm’s registry gave is not what StreamAI was made with ({detail}); nothing of it was run. Check which registry and proxy npm uses (npm config get registry), then run this again.',
  npmOther: 'npm failed: {detail}. Run "npm ci" in this folder to see everything it says.',
  cacheNotOurs:
    'The cache folder {folder} belongs to another user, who could have put programs there. Name another one in XDG_CACHE_HOME, then run this again.',
  cannotWriteCache: 'The cache folder {folder} cannot be written ({detail}). Make it writable, then run this again.',
};

/** @type {Record<string, string>} */
const french = {
  noCommand: 'Il manque une commande. Commandes : {commands}.',
  unknownCommand: 'Commande inconnue : « {name} ». Commandes : {commands}.',
  gettingNode:
    'StreamAI demande Node {minimum} ou plus récent et celui-ci est {running} : téléchargement de Node {wanted}, une seule fois…',
  gettingDependencies: 'Installation des dépendances…',
  waiting: 'Un autre démarrage de StreamAI installe déjà : attente…',
  unsupportedPlatform:
    'StreamAI demande Node {minimum} ou plus récent, introuvable pour {platform}-{arch}. Installez-le depuis nodejs.org, puis relancez.',
  nodeDoesNotRun:
    'Le Node {wanted} téléchargé ne fonctionne pas sur ce système. Installez Node {minimum} ou plus récent avec votre système ou depuis nodejs.org, puis relancez.',
  noNpm:
    'npm est introuvable. Installez Node {minimum} ou plus récent depuis nodejs.org (npm en fait partie), puis relancez.',
  npmNetwork:
    'npm n’a pas pu joindre son registre ({detail}). Vérifiez la connexion à Internet et l’éventuel proxy, puis relancez.',
  npmSpace: 'Le disque est plein ({detail}). Libérez de la place, puis relancez.',
  npmPermission:
    'npm ne peut pas écrire là où il le doit ({detail}). Fermez les programmes qui utilisent ce dossier et vérifiez qu’il vous appartient, puis relancez.',
  npmLock:
    'package.json et package-lock.json se contredisent ({detail}). Annulez leurs modifications ou lancez « npm install », puis relancez.',
  npmIntegrity:
    'Ce que le registre de npm a donné n’est pas ce avec quoi StreamAI a été fait ({detail}) ; rien n’en a été exécuté. Vérifiez le registre et le proxy de npm (npm config get registry), puis relancez.',
  npmOther: 'npm a échoué : {detail}. Lancez « npm ci » dans ce dossier pour voir tout ce qu’il dit.',
  cacheNotOurs:
    'Le dossier de cache {folder} appartient à un autre utilisateur, qui a pu y mettre des programmes. Indiquez-en un autre dans XDG_CACHE_HOME, puis relancez.',
  cannotWriteCache:
    'Le dossier de cache {folder} n’est pas accessible en écriture ({detail}). Rendez-le accessible, puis relancez.',
};

export const tables = { en: english, fr: french };

/**
 * The user's language, by the POSIX variables; Windows sets none, so there the system's locale decides.
 * @param {Record<string, string | undefined>} env
 * @param {string} systemLocale
 * @returns {'en' | 'fr'}
 */
export function language(env = process.env, systemLocale = Intl.DateTimeFormat().resolvedOptions().locale) {
  const locale = env.LC_ALL || env.LC_MESSAGES || env.LANG || systemLocale;
  return locale.toLowerCase().startsWith('fr') ? 'fr' : 'en';
}

/**
 * @param {string} key
 * @param {Record<string, string>} values what stands for `{word}` in the sentence
 * @param {'en' | 'fr'} lang
 */
export function message(key, values = {}, lang = language()) {
  const template = tables[lang][key] ?? key;
  return template.replace(/\{(\w+)\}/g, (whole, word) => values[word] ?? whole);
}

/** A failure with one sentence for the user: cause and fix. `code` is a key of the tables above. */
export class LaunchError extends Error {
  /** @param {string} code @param {Record<string, string>} values */
  constructor(code, values = {}) {
    super(message(code, values));
    this.code = code;
  }
}
