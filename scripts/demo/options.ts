import { parseArgs } from 'node:util';
import type { Language } from '../../shared/errors.ts';
import type { ObsKind } from '../rig/obs-types.ts';

export interface DemoOptions {
  /** How long it records. */
  readonly seconds: number;
  readonly obs: ObsKind;
  /** Leaves the folder with everything that was made. */
  readonly keep: boolean;
  /** Ends the output with one line of JSON. */
  readonly json: boolean;
}

/** The command line is not one that the demo knows; the message is a sentence for the user. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const kinds = ['newest', 'system', 'simulated'] as const satisfies readonly ObsKind[];
const mostSeconds = 3600;

const words = {
  en: {
    usage: `npm run demo [-- options]
  --seconds N   record N seconds, 1 to ${mostSeconds} (10)
  --obs KIND    system: this machine's OBS (default); newest: OBS 32 from Debian testing; simulated: no OBS at all
  --keep        keep the recording and everything else that was made
  --json        end with one line of JSON`,
    seconds: (given: string) => `--seconds must be a whole number from 1 to ${mostSeconds}, not “${given}”.`,
    obs: (given: string) => `--obs must be one of ${kinds.join(', ')}, not “${given}”.`,
    options: 'Options: --seconds N, --obs KIND, --keep, --json.',
  },
  fr: {
    usage: `npm run demo [-- options]
  --seconds N   enregistrer N secondes, de 1 à ${mostSeconds} (10)
  --obs KIND    system : l’OBS de cette machine (par défaut) ; newest : OBS 32 de Debian testing ; simulated : sans OBS
  --keep        garder l’enregistrement et tout ce qui a été créé
  --json        terminer par une ligne de JSON`,
    seconds: (given: string) => `--seconds doit être un nombre entier de 1 à ${mostSeconds}, et non « ${given} ».`,
    obs: (given: string) => `--obs doit être l’un de ${kinds.join(', ')}, et non « ${given} ».`,
    options: 'Options : --seconds N, --obs KIND, --keep, --json.',
  },
} as const;

export const usage = (language: Language): string => words[language].usage;

/**
 * @returns null when help was asked for
 * @throws UsageError
 */
export function parseOptions(args: readonly string[], language: Language = 'en'): DemoOptions | null {
  const say = words[language];
  const { seconds, obs, keep, json, help } = parse(args, language);
  if (help) return null;
  if (!/^\d{1,4}$/.test(seconds) || Number(seconds) < 1 || Number(seconds) > mostSeconds) {
    throw new UsageError(say.seconds(seconds));
  }
  const kind = kinds.find((known) => known === obs);
  if (kind === undefined) throw new UsageError(say.obs(obs));
  return { seconds: Number(seconds), obs: kind, keep, json };
}

function parse(args: readonly string[], language: Language) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        seconds: { type: 'string', default: '10' },
        obs: { type: 'string', default: 'system' },
        keep: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    // Node's own sentence, without its advice for programmers.
    const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/);
    const given = /'([^']+)'/.exec(sentence)?.[1] ?? '';
    // Node's sentences are English alone.
    const said = language === 'fr' ? `L’argument '${given}' n’est pas valable` : sentence.replace(/\.$/, '');
    throw new UsageError(`${said}. ${words[language].options}`, { cause: error });
  }
}
