/** What the command `setup` says beside what the table of errors has. */
import type { Language } from '../../../shared/errors.ts';
import type { ObsKindFound } from '../../../shared/setup.ts';

interface SetupWords {
  readonly kinds: Readonly<Record<ObsKindFound, string>>;
  readonly obs: (kind: string, version: string | null, folder: string) => string;
  readonly waiting: string;
  readonly complete: string;
  readonly nothingToUndo: string;
  readonly would: string;
}

export const setupWords: Readonly<Record<Language, SetupWords>> = {
  en: {
    kinds: { installed: '', steam: 'from Steam', portable: 'portable', flatpak: 'from Flatpak', snap: 'from Snap' },
    obs: (kind, version, folder) => `${['OBS', version, kind].filter(Boolean).join(' ')}: ${folder}`,
    waiting: 'OBS is running. Close it, and this goes on by itself (Ctrl-C: not now).',
    complete: 'Nothing is missing.',
    nothingToUndo: 'There is nothing to take back.',
    would: 'This would be done:',
  },
  fr: {
    kinds: { installed: '', steam: 'de Steam', portable: 'portable', flatpak: 'de Flatpak', snap: 'de Snap' },
    obs: (kind, version, folder) => `${['OBS', version, kind].filter(Boolean).join(' ')} : ${folder}`,
    waiting: 'OBS est ouvert. Fermez-le, et la suite se fait toute seule (Ctrl-C : pas maintenant).',
    complete: 'Il ne manque rien.',
    nothingToUndo: 'Il n’y a rien à reprendre.',
    would: 'Voici ce qui serait fait :',
  },
};
