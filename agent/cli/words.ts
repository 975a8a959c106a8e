/** What the commands say, in English and French. Errors have their own words (shared/error-table.ts). */
import type { Language } from '../../shared/errors.ts';

const en = {
  program: 'Records with OBS Studio and gets every recording to Vultr by itself.',
  usage: '[options] [command]',
  commandWord: 'command',
  /** The parser's titles; what is absent stays as it is. */
  helpTitles: {} as Readonly<Record<string, string>>,
  options: {
    help: 'what can be typed',
    version: 'StreamAI’s version',
    json: 'answer with one line of JSON',
  },
  exitCodes: [
    'Exit codes: 0 done · 1 it could not be done, and why · 2 there is no such command or option ·',
    '3 StreamAI does not run',
  ].join('\n'),
  parser: {
    unknownCommand: (name: string) => `There is no command “${name}”.`,
    unknownOption: (name: string) => `There is no option “${name}” here.`,
    missingArgument: (name: string) => `“${name}” is missing.`,
    optionMissingArgument: (flags: string) => `The option “${flags}” wants a value.`,
    excessArguments: (given: string) => `That is too much: ${given}.`,
    other: 'The command was not understood.',
    didYouMean: (names: readonly string[]) => `Did you mean ${names.join(', ')}?`,
    help: (program: string) => `“${program} --help” shows what there is.`,
  },
  start: {
    summary: 'start StreamAI and stay here until it ends (also without any command)',
    background: 'start it without a window and come back at once',
    already: (url: string) => `StreamAI already runs at ${url}`,
    started: (url: string) => `StreamAI runs at ${url}`,
  },
  stop: {
    summary: 'end StreamAI in order; what is under way goes on at the next start',
    ended: 'StreamAI has ended.',
  },
  status: {
    summary: 'whether StreamAI runs, and what it does',
    runs: (version: string, url: string) => `StreamAI ${version} runs at ${url}`,
    obs: (version: string, address: string) => `OBS ${version} is connected (${address})`,
    obsConnecting: (address: string) => `OBS is being connected (${address})`,
    recording: (name: string, clock: string, size: string) => `Recording “${name}”, ${clock}, ${size}`,
    paused: (name: string, clock: string, size: string) => `Paused: “${name}”, ${clock}, ${size}`,
    notRecording: 'Nothing is being recorded',
    destinations: {
      processing: (address: string) => `Processing server: ${address}`,
      'object-storage': (address: string) => `Object Storage: ${address}`,
    },
    embedded: 'Recordings stay on this machine (embedded receiver)',
    uploads: {
      uploading: (count: number) => `${count} on their way`,
      queued: (count: number) => `${count} in the queue`,
      waiting: (count: number) => `${count} waiting`,
      paused: (count: number) => `${count} paused`,
      failed: (count: number) => `${count} failed`,
    },
    noUploads: 'No uploads are open',
    uploadsAre: (parts: string) => `Uploads: ${parts}`,
  },
  token: {
    summary: 'the dock’s address with the token, which is a password',
    new: 'make a new token; the old one ends at once',
    renewed: 'The old token has ended. Give every dock this address: OBS, Docks → Custom Browser Docks…',
  },
};

export type Words = typeof en;

const fr: Words = {
  program: 'Enregistre avec OBS Studio et envoie chaque enregistrement à Vultr tout seul.',
  usage: '[options] [commande]',
  commandWord: 'commande',
  helpTitles: {
    'Usage:': 'Utilisation :',
    'Arguments:': 'Arguments :',
    'Options:': 'Options :',
    'Commands:': 'Commandes :',
  },
  options: {
    help: 'ce qui peut être tapé',
    version: 'version de StreamAI',
    json: 'répondre par une ligne de JSON',
  },
  exitCodes: [
    'Codes de sortie : 0 fait · 1 impossible, avec la raison · 2 commande ou option inconnue ·',
    '3 StreamAI ne fonctionne pas',
  ].join('\n'),
  parser: {
    unknownCommand: (name) => `Il n’y a pas de commande « ${name} ».`,
    unknownOption: (name) => `Il n’y a pas d’option « ${name} » ici.`,
    missingArgument: (name) => `Il manque « ${name} ».`,
    optionMissingArgument: (flags) => `L’option « ${flags} » attend une valeur.`,
    excessArguments: (given) => `C’est trop : ${given}.`,
    other: 'La commande n’a pas été comprise.',
    didYouMean: (names) => `Vouliez-vous dire ${names.join(', ')} ?`,
    help: (program) => `« ${program} --help » montre ce qu’il y a.`,
  },
  start: {
    summary: 'démarrer StreamAI et rester ici jusqu’à sa fin (aussi sans commande)',
    background: 'le démarrer sans fenêtre et revenir aussitôt',
    already: (url) => `StreamAI fonctionne déjà : ${url}`,
    started: (url) => `StreamAI fonctionne : ${url}`,
  },
  stop: {
    summary: 'arrêter StreamAI proprement ; ce qui est en cours reprend au prochain démarrage',
    ended: 'StreamAI est arrêté.',
  },
  status: {
    summary: 'si StreamAI fonctionne, et ce qu’il fait',
    runs: (version, url) => `StreamAI ${version} fonctionne : ${url}`,
    obs: (version, address) => `OBS ${version} est connecté (${address})`,
    obsConnecting: (address) => `Connexion à OBS en cours (${address})`,
    recording: (name, clock, size) => `Enregistrement « ${name} », ${clock}, ${size}`,
    paused: (name, clock, size) => `En pause : « ${name} », ${clock}, ${size}`,
    notRecording: 'Rien n’est enregistré',
    destinations: {
      processing: (address) => `Serveur de traitement : ${address}`,
      'object-storage': (address) => `Object Storage : ${address}`,
    },
    embedded: 'Les enregistrements restent sur cette machine (récepteur intégré)',
    uploads: {
      uploading: (count) => `${count} en cours`,
      queued: (count) => `${count} en file`,
      waiting: (count) => `${count} en attente`,
      paused: (count) => `${count} en pause`,
      failed: (count) => `${count} en échec`,
    },
    noUploads: 'Aucun envoi n’est ouvert',
    uploadsAre: (parts) => `Envois : ${parts}`,
  },
  token: {
    summary: 'l’adresse du dock avec le jeton, qui est un mot de passe',
    new: 'créer un nouveau jeton ; l’ancien ne vaut plus aussitôt',
    renewed:
      'L’ancien jeton ne vaut plus. Donnez cette adresse à chaque dock : OBS, Docks → Docks de navigateur personnalisés…',
  },
};

export const words: Readonly<Record<Language, Words>> = { en, fr };
