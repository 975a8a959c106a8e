/** The texts of the help in French. */
import type { HelpTexts } from './en-help.ts';

export const frHelp: HelpTexts = {
  heading: 'Raccourcis',
  hint: 'Ils agissent quand vous n’écrivez pas.',
  keys: {
    record: 'Démarrer ou arrêter l’enregistrement',
    pause: 'Mettre en pause ou reprendre',
    split: 'Passer à un nouveau fichier',
    chapter: 'Ajouter un chapitre',
    name: 'Nom de la session',
    search: 'Rechercher',
    help: 'Cette aide',
    escape: 'Fermer ce qui est ouvert',
  },
  escapeKey: 'Échap',
};
