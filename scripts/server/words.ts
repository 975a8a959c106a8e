/** What `npm run server` says, in English and French. */
import type { Language } from '../../shared/errors.ts';

const en = {
  usage: 'npm run server -- [--dir FOLDER] [--port 8000] [--host ADDRESS] [--allow-private-sources]',
  ready: (url: string) => `The processing server listens on ${url}`,
  use: (url: string) => `Give it to StreamAI as VULTR_API_URL=${url}`,
  key: 'The key in VULTR_API_KEY is asked for.',
  noKey: 'No key is asked for: VULTR_API_KEY is not set. Only programs on this machine reach it.',
  files: (folder: string) => `Files: ${folder}`,
  whole: 'Recordings become a video and subtitles.',
  missing: 'Something is missing; recordings are stored, and what it is needed for is left out:',
  model: (file: string, percent: number, size: string) => `Speech model ${file}: ${percent} % of ${size}`,
  end: 'Ctrl-C ends it; what is under way goes on at the next start.',
  ended: 'The processing server has ended.',
  failed: (why: string) => `The processing server could not start: ${why}`,
  problems: {} as Readonly<Record<string, string>>,
};

const fr: typeof en = {
  usage: 'npm run server -- [--dir DOSSIER] [--port 8000] [--host ADRESSE] [--allow-private-sources]',
  ready: (url) => `Le serveur de traitement écoute sur ${url}`,
  use: (url) => `Indiquez-le à StreamAI : VULTR_API_URL=${url}`,
  key: 'La clé de VULTR_API_KEY est demandée.',
  noKey:
    'Aucune clé n’est demandée : VULTR_API_KEY n’est pas défini. Seuls les programmes de cette machine l’atteignent.',
  files: (folder) => `Fichiers : ${folder}`,
  whole: 'Les enregistrements deviennent une vidéo et des sous-titres.',
  missing: 'Il manque quelque chose ; les enregistrements sont conservés, sans ce pour quoi c’est nécessaire :',
  model: (file, percent, size) => `Modèle vocal ${file} : ${percent} % de ${size}`,
  end: 'Ctrl-C l’arrête ; ce qui est en cours reprend au prochain démarrage.',
  ended: 'Le serveur de traitement est arrêté.',
  failed: (why) => `Le serveur de traitement n’a pas pu démarrer : ${why}`,
  problems: {
    ffmpeg_missing:
      'ffmpeg et ffprobe ne sont pas sur cette machine. Installez ffmpeg (Debian, Ubuntu : apt install ffmpeg), ou indiquez les fichiers dans FFMPEG et FFPROBE.',
    whisper_missing:
      'whisper.cpp n’est pas sur cette machine. Installez-le (Debian 14 : apt install whisper.cpp-tools), ou indiquez son whisper-cli dans WHISPER_CLI.',
  },
};

export const serverWords: Readonly<Record<Language, typeof en>> = { en, fr };
