/** What the waiting page says, in English and French. `code` stands for what is typed into a terminal. */
import type { Language } from '../../shared/errors.ts';

const en = {
  /** By what is known of the agent (page-script.ts). */
  states: {
    looking: 'Looking for StreamAI…',
    away: 'StreamAI is not running. This dock opens by itself as soon as it is.',
    silent: 'StreamAI does not answer: it was ended, or it hangs. This dock opens by itself as soon as it is back.',
    opening: 'StreamAI is running. Opening the dock…',
  },
  heading: 'What you can do',
  start: 'Start it: {streamai start} in a terminal, or {npm start} in StreamAI’s folder.',
  startWindows: 'Start it: Start menu, StreamAI. In a terminal: {streamai start}, or {npm.cmd start} in its folder.',
  doctor: 'It does not start? {streamai doctor} says why. What it did last is in its log:',
  meanwhile: 'OBS records without StreamAI too: a recording that still runs when StreamAI is back is uploaded.',
  reload: 'Reload',
};

const fr: typeof en = {
  states: {
    looking: 'Recherche de StreamAI…',
    away: 'StreamAI n’est pas démarré. Ce dock s’ouvrira de lui-même dès qu’il le sera.',
    silent: 'StreamAI ne répond pas : il a été arrêté, ou il est bloqué. Ce dock s’ouvrira de lui-même dès son retour.',
    opening: 'StreamAI est démarré. Ouverture du dock…',
  },
  heading: 'Que faire',
  start: 'Démarrez-le : {streamai start} dans un terminal, ou {npm start} dans le dossier de StreamAI.',
  startWindows:
    'Démarrez-le : menu Démarrer, StreamAI. Dans un terminal : {streamai start}, ou {npm.cmd start} dans son dossier.',
  doctor: 'Il ne démarre pas ? {streamai doctor} dit pourquoi. Ce qu’il a fait en dernier est dans son journal :',
  meanwhile: 'OBS enregistre aussi sans StreamAI : un enregistrement encore en cours à son retour est envoyé.',
  reload: 'Recharger',
};

export const waitingWords: Readonly<Record<Language, typeof en>> = { en, fr };
