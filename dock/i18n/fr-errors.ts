/** The texts of the dock's own errors in French, word for word as in shared/error-table.ts. */
import type { OwnErrors } from './en-errors.ts';

export const frErrors: OwnErrors = {
  unauthorized: [
    'Le jeton manque ou est faux.',
    'Le dock a besoin de l’adresse que « npm run token » affiche, un script de son jeton : « Authorization: Bearer … » ; si c’est celle-ci, un autre programme a son port.',
  ],
  obs_not_connected: [
    'OBS n’est pas connecté.',
    'Démarrez OBS et activez Outils → Paramètres du serveur WebSocket → Activer le serveur WebSocket.',
  ],
  obs_password_wrong: [
    'OBS a refusé le mot de passe.',
    'Copiez-le depuis OBS : Outils → Paramètres du serveur WebSocket → Afficher les informations de connexion, dans OBS_PASSWORD ou les paramètres.',
  ],
  obs_timeout: ['OBS n’a pas répondu.', 'Il est peut-être occupé ou affiche une boîte de dialogue : regardez OBS.'],
  obs_not_confirmed: [
    'OBS n’a pas confirmé ; il affiche peut-être une boîte de dialogue.',
    'Regardez OBS : souvent le dossier est protégé, le disque plein ou l’encodeur en échec.',
  ],
  obs_refused: ['OBS a refusé : {reason}.', 'Regardez OBS.'],
  already_recording: ['OBS enregistre déjà.', 'Arrêtez d’abord l’enregistrement en cours.'],
  not_recording: ['Aucun enregistrement en cours.', 'Démarrez d’abord un enregistrement.'],
  already_paused: ['L’enregistrement est déjà en pause.'],
  not_paused: ['L’enregistrement n’est pas en pause.'],
  split_unavailable: [
    'OBS ne peut pas fractionner cet enregistrement.',
    'Il faut OBS 30.2 ou plus récent, et Paramètres → Sortie → Avancé → Enregistrement → Fractionnement automatique des fichiers.',
  ],
};
