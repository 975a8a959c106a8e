/** What `npm run demo` says, in English and French. */
import type { Language } from '../../shared/errors.ts';

const en = {
  title: (seconds: number) =>
    `StreamAI's main job: OBS records ${seconds} s, every byte arrives, its task comes to its end.`,
  building: 'Building the dock…',
  dockReady: 'The dock is built.',
  startingObs: 'Getting OBS ready; what is missing is installed, which takes minutes the first time…',
  noObs: (reason: string) => `OBS cannot be had here, a simulated one takes its place: ${reason}`,
  obsReady: (version: string) => `OBS ${version} runs, without a screen, under a configuration of its own.`,
  simulatedReady: (version: string) => `A simulated OBS ${version} runs: no real video is recorded.`,
  receiverReady: (url: string) => `The embedded receiver listens on ${url}: nothing leaves this machine.`,
  receiverDied: 'The receiver has ended; it is started again.',
  agentReady: (url: string) => `The agent listens on ${url} and is connected to OBS.`,
  recording: (name: string) => `OBS records the session “${name}”, started by REST.`,
  recorded: (time: string, size: string, container: string, frames: string) =>
    `Stopped, and the file is final: ${time}, ${size}, ${container}${frames}.`,
  picture: (width: number, height: number, fps: string) => `, ${width} × ${height} at ${fps} fps`,
  uploadWaits: (why: string) => `The upload waits: ${why}`,
  uploaded: (size: string) => `Uploaded: ${size}.`,
  task: (id: string, status: string, message: string) => `Task ${id} ended: ${status}. ${message}`.trim(),
  same: (sha256: string) => `SHA-256 of the file and of what the receiver gives back are the same:\n  ${sha256}`,
  summary: (seconds: string) => `It all held. From OBS's stop to the proven arrival: ${seconds} s.`,
  kept: (folder: string) => `Everything is kept in ${folder}`,
  cleaned: 'Everything that was started has ended, and its folder is removed.',
  interrupted: 'Interrupted.',
  failed: (reason: string) => `The demo failed: ${reason}`,

  wrongSession: (what: string) => `the session is not as it was asked for: ${what}`,
  notFinal: 'OBS did not finish its file properly',
  tookTooLong: (what: string) => `it took too long: ${what}`,
  different: (what: string) => `what arrived is not what was recorded: ${what}`,
  badTask: (status: string) => `the task ended as ${status}`,
};

const fr: typeof en = {
  title: (seconds) =>
    `La tâche principale de StreamAI : OBS enregistre ${seconds} s, chaque octet arrive, sa tâche arrive à son terme.`,
  building: 'Construction du dock…',
  dockReady: 'Le dock est construit.',
  startingObs: 'Préparation d’OBS ; ce qui manque est installé, ce qui prend des minutes la première fois…',
  noObs: (reason) => `Pas d’OBS ici, un OBS simulé prend sa place : ${reason}`,
  obsReady: (version) => `OBS ${version} fonctionne, sans écran, avec sa propre configuration.`,
  simulatedReady: (version) => `Un OBS ${version} simulé fonctionne : aucune vraie vidéo n’est enregistrée.`,
  receiverReady: (url) => `Le récepteur intégré écoute sur ${url} : rien ne quitte cette machine.`,
  receiverDied: 'Le récepteur s’est arrêté ; il redémarre.',
  agentReady: (url) => `L’agent écoute sur ${url} et est connecté à OBS.`,
  recording: (name) => `OBS enregistre la session « ${name} », démarrée par REST.`,
  recorded: (time, size, container, picture) =>
    `Arrêté, et le fichier est final : ${time}, ${size}, ${container}${picture}.`,
  picture: (width, height, fps) => `, ${width} × ${height} à ${fps} i/s`,
  uploadWaits: (why) => `L’envoi attend : ${why}`,
  uploaded: (size) => `Envoyé : ${size}.`,
  task: (id, status, message) => `Tâche ${id} terminée : ${status}. ${message}`.trim(),
  same: (sha256) => `Les SHA-256 du fichier et de ce que rend le récepteur sont identiques :\n  ${sha256}`,
  summary: (seconds) => `Tout est vérifié. De l’arrêt d’OBS à l’arrivée prouvée : ${seconds} s.`,
  kept: (folder) => `Tout est conservé dans ${folder}`,
  cleaned: 'Tout ce qui a été démarré est arrêté, et son dossier est supprimé.',
  interrupted: 'Interrompu.',
  failed: (reason) => `La démonstration a échoué : ${reason}`,

  wrongSession: (what) => `la session n’est pas celle demandée : ${what}`,
  notFinal: 'OBS n’a pas terminé correctement son fichier',
  tookTooLong: (what) => `c’est trop long : ${what}`,
  different: (what) => `ce qui est arrivé n’est pas ce qui a été enregistré : ${what}`,
  badTask: (status) => `la tâche s’est terminée ainsi : ${status}`,
};

export const demoWords: Readonly<Record<Language, typeof en>> = { en, fr };
export type DemoWords = typeof en;
