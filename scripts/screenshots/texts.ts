/** What the person in the pictures has written, in both languages: they have names for things, and so must the pictures. */
import type { Language } from '../../shared/errors.ts';

const inFrench: Readonly<Record<string, string>> = {
  'Lesson 12 – Fractions': 'Leçon 12 – Les fractions',
  'Lesson 11 – Decimals': 'Leçon 11 – Les nombres décimaux',
  'Lesson 10 – Areas and perimeters': 'Leçon 10 – Aires et périmètres',
  'Lesson 9 – Angles': 'Leçon 9 – Les angles',
  'Interview with Élodie Lefèvre': 'Entretien avec Élodie Lefèvre',
  'Monday team meeting': 'Réunion d’équipe du lundi',
  'Podcast 48, the sound of cities': 'Podcast 48, le son des villes',
  Saturday_night_stream_with_the_whole_crew_and_all_subscribers:
    'Stream_du_samedi_soir_avec_toute_la_bande_et_les_abonnés',
  'Trying the new microphone': 'Essai du nouveau micro',
  'Rough cut': 'Brouillon',
  'Half-term concert': 'Concert de la mi-trimestre',
  'Start again here: the microphone crackles, cut to Élodie’s question':
    'Reprendre ici : le micro grésille, couper jusqu’à la question d’Élodie',
  'Title to be checked with the head of department.': 'Titre à valider avec la responsable du département.',
  Welcome: 'Accueil',
  Exercises: 'Exercices',
  Camera: 'Caméra',
  '/Videos/': '/Vidéos/',
  'camille-lessons': 'camille-cours',
  'Jules Ferry School': 'Lycée Jules-Ferry',
  client: 'établissement',
  project: 'projet',
};

/** The same data with what its person has written in their language, file names and keys included. */
export function inLanguage<T>(data: T, language: Language): T {
  if (language === 'en') return data;
  let json = JSON.stringify(data);
  for (const [english, french] of Object.entries(inFrench)) json = json.replaceAll(english, french);
  return JSON.parse(json) as T;
}
