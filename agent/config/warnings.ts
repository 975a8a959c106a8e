/** What is said at the start because it lets others in further than most people mean, or does nothing although it is set. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Language } from '../../shared/errors.ts';
import { isLoopback } from '../../shared/ip-address.ts';
import { decodeText } from '../decode-text.ts';
import { parseDotEnv } from './dot-env.ts';
import { dotEnv, type EnvironmentSource, variableNames } from './environment.ts';
import { incompleteStorage, unknownVariables } from './unknown-variables.ts';

const words = {
  en: {
    remote: (host: string) =>
      `Other machines can reach StreamAI at ${host}: the token and the names of recordings travel there in clear. Use that only in a network that you trust.`,
    openFile: (file: string) =>
      `Other users of this machine can read the passwords and keys in ${file}: take that right from them (chmod 600).`,
    localhostTaken: (url: string) =>
      `Another program has StreamAI’s port at the address [::1], where browsers look for localhost: open the dock only at ${url}.`,
    ignoredAddress: (key: string, wanted: string, address: string) =>
      `${key} is set without an address, and ${address}, which was set in the dock, does not get it: nothing is sent there. Set ${wanted} too.`,
  },
  fr: {
    remote: (host: string) =>
      `D’autres machines peuvent joindre StreamAI à l’adresse ${host} : le jeton et les noms des enregistrements y circulent en clair. À n’utiliser que dans un réseau de confiance.`,
    openFile: (file: string) =>
      `D’autres utilisateurs de cette machine peuvent lire les mots de passe et les clés de ${file} : retirez-leur ce droit (chmod 600).`,
    localhostTaken: (url: string) =>
      `Un autre programme occupe le port de StreamAI à l’adresse [::1], où les navigateurs cherchent localhost : n’ouvrez le dock qu’à l’adresse ${url}.`,
    ignoredAddress: (key: string, wanted: string, address: string) =>
      `${key} est défini sans adresse, et ${address}, définie dans le dock, ne la reçoit pas : rien n’y est envoyé. Définissez aussi ${wanted}.`,
  },
} as const;

/** That an address is not used which was stored without its key (settings.ts). */
export function ignoredAddress(language: Language, key: string, wanted: string, address: string): string {
  return words[language].ignoredAddress(key, wanted, address);
}

/** @param host where the agent listens */
export function startWarnings(host: string, { root, platform, env }: EnvironmentSource, language: Language): string[] {
  const { remote, openFile } = words[language];
  const file = path.join(root, '.env');
  const inFile = dotEnv(file, language);
  const isSet = (name: string): boolean => Boolean(env[name]?.trim() || inFile.get(name)?.trim());
  return [
    ...(isLoopback(host) ? [] : [remote(host)]),
    // Windows has no such bits, and a checkout in the profile is the user's alone there.
    ...(platform !== 'win32' && isReadByOthers(file) && holdsSecrets(file) ? [openFile(file)] : []),
    ...unknownVariables(variableNames, env, inFile, language),
    ...incompleteStorage(isSet, language),
  ];
}

function isReadByOthers(file: string): boolean {
  return ((statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & 0o044) !== 0;
}

function holdsSecrets(file: string): boolean {
  const values = [...parseDotEnv(decodeText(readFileSync(file)))].filter(([, value]) => value !== '');
  // A proxy's address can hold its password.
  return values.some(
    ([name, value]) => /PASSWORD|KEY|TOKEN/.test(name) || (/_PROXY$/i.test(name) && value.includes('@')),
  );
}

/** What to say where whoever opens `localhost` would meet somebody else. @param url where the dock is */
export const localhostWarning = (url: string, language: Language): string => words[language].localhostTaken(url);
