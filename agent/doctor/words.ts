/** What doctor says beside the texts of errors: the name of each check, the groups, and its last line. */
import type { DoctorCheckCode, DoctorGroup, DoctorMend, DoctorReport } from '../../shared/doctor.ts';
import type { Language } from '../../shared/errors.ts';

interface DoctorWords {
  readonly groups: Readonly<Record<DoctorGroup, string>>;
  readonly titles: Readonly<Record<DoctorCheckCode, string>>;
  readonly count: (counts: DoctorReport['counts']) => string;
  /** What `--fix` would mend. */
  readonly canMend: (count: number) => string;
  readonly mended: Readonly<Record<DoctorMend, string>>;
  readonly notMended: (what: string) => string;
  readonly skipped: string;
  readonly reportWritten: (file: string) => string;
}

const plural = (n: number, one: string, other: string): string => `${n} ${n === 1 ? one : other}`;
const pluriel = (n: number, un: string, plusieurs: string): string => `${n} ${n < 2 ? un : plusieurs}`;

export const doctorWords: Readonly<Record<Language, DoctorWords>> = {
  en: {
    groups: { program: 'StreamAI', obs: 'OBS', recording: 'Recordings', destinations: 'Uploads' },
    titles: {
      env_file: 'Settings in .env and the environment',
      node: 'Node fits this computer',
      program_files: 'Program and dock are complete',
      data_folder: 'Data folder can be written',
      data_folder_private: 'Data folder is yours alone',
      data_folder_use: 'Nobody else has the data folder',
      port: 'StreamAI’s port is free or its own',
      agent: 'StreamAI runs and answers',
      autostart: 'Starts with this computer',
      stored_data: 'Stored data is whole',
      obs_installed: 'OBS 28 or later is here',
      obs_configurations: 'One OBS, or the right one',
      obs_running: 'OBS runs, once',
      obs_websocket: 'OBS’s WebSocket server is on',
      obs_plugin: 'OBS runs with its WebSocket server',
      obs_port: 'OBS answers at its port',
      obs_password: 'OBS’s password is right and strong',
      obs_browser: 'OBS can show docks',
      obs_dock: 'StreamAI’s dock is in OBS',
      recording_folder: 'Folder for recordings, and its room',
      recording_format: 'Recording format survives a crash',
      recordings: 'Recordings’ files are there',
      proxy: 'Proxy',
      processing: 'Processing server',
      object_storage: 'Object Storage, and the clock',
      uploads: 'Uploads go on',
    },
    count: ({ fault, warning, good, skipped }) =>
      `${fault === 0 && warning === 0 ? 'All is well: ' : ''}${plural(fault, 'fault', 'faults')}, ${plural(warning, 'warning', 'warnings')}, ${good} good${skipped === 0 ? '' : `, ${skipped} not looked at`}.`,
    canMend: (n) => `${plural(n, 'of these can', 'of these can')} be mended with “doctor --fix”.`,
    mended: {
      start: 'StreamAI was started.',
      restart: 'StreamAI was started anew.',
      autostart: 'StreamAI starts with this computer from now on.',
      private: 'The data folder is yours alone now.',
      folder: 'The folder was made.',
      setup: 'OBS was set up; start it to see the dock.',
    },
    notMended: (what) => `Not mended: ${what}`,
    skipped: 'not looked at',
    reportWritten: (file) =>
      `The report is in ${file}. It has no passwords and keys; look through it before you send it.`,
  },
  fr: {
    groups: { program: 'StreamAI', obs: 'OBS', recording: 'Enregistrements', destinations: 'Envois' },
    titles: {
      env_file: 'Réglages de .env et de l’environnement',
      node: 'Node convient à cet ordinateur',
      program_files: 'Programme et dock sont complets',
      data_folder: 'Dossier de données accessible en écriture',
      data_folder_private: 'Dossier de données à vous seul',
      data_folder_use: 'Personne d’autre n’a le dossier de données',
      port: 'Port de StreamAI libre, ou à lui',
      agent: 'StreamAI fonctionne et répond',
      autostart: 'Démarre avec cet ordinateur',
      stored_data: 'Données conservées intactes',
      obs_installed: 'OBS 28 ou plus récent est là',
      obs_configurations: 'Un seul OBS, ou le bon',
      obs_running: 'OBS est ouvert, une seule fois',
      obs_websocket: 'Serveur WebSocket d’OBS activé',
      obs_plugin: 'OBS tourne avec son serveur WebSocket',
      obs_port: 'OBS répond à son port',
      obs_password: 'Mot de passe d’OBS juste et solide',
      obs_browser: 'OBS peut afficher des docks',
      obs_dock: 'Le dock de StreamAI est dans OBS',
      recording_folder: 'Dossier des enregistrements, et sa place',
      recording_format: 'Le format résiste à un plantage',
      recordings: 'Fichiers des enregistrements présents',
      proxy: 'Serveur mandataire (proxy)',
      processing: 'Serveur de traitement',
      object_storage: 'Stockage objet, et l’horloge',
      uploads: 'Les envois avancent',
    },
    count: ({ fault, warning, good, skipped }) =>
      `${fault === 0 && warning === 0 ? 'Tout va bien : ' : ''}${pluriel(fault, 'défaut', 'défauts')}, ${pluriel(warning, 'avertissement', 'avertissements')}, ${pluriel(good, 'point en ordre', 'points en ordre')}${skipped === 0 ? '' : `, ${skipped} non examinés`}.`,
    canMend: (n) => `« doctor --fix » peut en réparer ${n}.`,
    mended: {
      start: 'StreamAI a été démarré.',
      restart: 'StreamAI a été redémarré.',
      autostart: 'StreamAI démarrera désormais avec cet ordinateur.',
      private: 'Le dossier de données est maintenant à vous seul.',
      folder: 'Le dossier a été créé.',
      setup: 'OBS a été réglé ; démarrez-le pour voir le dock.',
    },
    notMended: (what) => `Pas réparé : ${what}`,
    skipped: 'non examiné',
    reportWritten: (file) =>
      `Le rapport est dans ${file}. Il ne contient ni mots de passe ni clés ; relisez-le avant de l’envoyer.`,
  },
};
