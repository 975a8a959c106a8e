/** What `streamai start` says, in English and French. OBS's own words are those of its en-US and fr-FR locales. */
import type { Language } from '../../../shared/errors.ts';

const en = {
  building: 'Building the dock…',
  ready: (url: string) => `StreamAI is ready at ${url}`,
  dock: 'Dock',
  addDock: [
    'Add it in OBS: Docks → Custom Browser Docks…',
    'Dock Name: StreamAI   URL: the address above. It stays the same, and waits for StreamAI where that does not run.',
  ],
  browser: 'Browser',
  secret: 'The token in this address is a password: keep it to yourself.',
  uploads: 'Uploads',
  embedded: (folder: string) => [
    'Nothing leaves this machine: VULTR_API_URL is not set.',
    `The embedded receiver stores recordings in ${folder}`,
  ],
  server: (address: string, proxy: string | null) => [
    `Recordings go to ${address}${proxy === null ? '' : `, through the proxy ${proxy}`}`,
  ],
  log: 'Log',
  end: 'Ctrl-C ends StreamAI.',
  obsConnected: (version: string, address: string) => `OBS ${version} is connected (${address}).`,
  receiverDied: (seconds: string) => `The embedded receiver has ended; it is started again in ${seconds} s.`,
  receiverBack: 'The embedded receiver runs again.',
  ended: 'StreamAI has ended. What was under way goes on at the next start.',
};

const fr: typeof en = {
  building: 'Construction du dock…',
  ready: (url) => `StreamAI est prêt : ${url}`,
  dock: 'Dock',
  addDock: [
    'À ajouter dans OBS : Docks → Docks de navigateur personnalisés…',
    'Nom du dock : StreamAI   URL : l’adresse ci-dessus. Elle reste la même, et attend StreamAI tant qu’il n’est pas démarré.',
  ],
  browser: 'Page',
  secret: 'Le jeton dans cette adresse est un mot de passe : gardez-le pour vous.',
  uploads: 'Envois',
  embedded: (folder) => [
    'Rien ne quitte cette machine : VULTR_API_URL n’est pas défini.',
    `Le récepteur intégré range les enregistrements dans ${folder}`,
  ],
  server: (address, proxy) => [
    `Les enregistrements vont à ${address}${proxy === null ? '' : `, par le proxy ${proxy}`}`,
  ],
  log: 'Journal',
  end: 'Ctrl-C arrête StreamAI.',
  obsConnected: (version, address) => `OBS ${version} est connecté (${address}).`,
  receiverDied: (seconds) => `Le récepteur intégré s’est arrêté ; il redémarre dans ${seconds} s.`,
  receiverBack: 'Le récepteur intégré fonctionne de nouveau.',
  ended: 'StreamAI est arrêté. Ce qui était en cours reprendra au prochain démarrage.',
};

export const startWords: Readonly<Record<Language, typeof en>> = { en, fr };
export type StartWords = typeof en;
