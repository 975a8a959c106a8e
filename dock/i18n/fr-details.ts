/** The texts of a session's details in French. */
import type { DetailsTexts } from './en-details.ts';

export const frDetails: DetailsTexts = {
  rename: 'Nom',
  notes: 'Notes',
  folder: 'Ouvrir le dossier',
  forget: 'Oublier',
  forgetAsk: 'Oublier cette session\u00a0? Ses fichiers restent en place.',
  discard: 'Écarter',
  discardAsk: 'Écarter cet enregistrement\u00a0? Il continue et son fichier reste, mais rien n’est envoyé.',
  damaged: 'Incomplet\u00a0: OBS s’est arrêté trop tôt.',
  skipped: (count) => `${count} images perdues`,
  marks: 'Chapitres et notes',
  edit: 'Modifier',
  export: 'Exporter les chapitres',
  download: 'Télécharger',
  parts: (done, total) => `partie ${done}/${total}`,
  attempts: (count) => `essai ${count}`,
  verify: 'Vérifier la copie',
  verified: (when) => `Copie vérifiée, ${when}`,
  provenByParts:
    'Prouvé partie par partie (MD5) et par sa taille\u00a0: ce stockage ne donne pas d’empreinte du fichier entier.',
  link: 'Copier le lien',
  linkFor: 'Lien pour',
  linkDurations: { '3600': '1 heure', '86400': '1 jour', '604800': '7 jours' },
  linkUntil: (when) => `Valable jusqu’au ${when}`,
  task: 'Tâche',
  results: { video: 'Vidéo', subtitles: 'Sous-titres', thumbnail: 'Miniature' },
};
