import { parseArgs } from 'node:util';
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

export const usage = `npm run demo [-- options]
  --seconds N   record N seconds, 1 to 3600 (10)
  --obs KIND    system: this machine's OBS (default); newest: OBS 32 from Debian testing; simulated: no OBS at all
  --keep        keep the recording and everything else that was made
  --json        end with one line of JSON`;

const kinds = ['newest', 'system', 'simulated'] as const satisfies readonly ObsKind[];
const mostSeconds = 3600;

/**
 * @returns null when help was asked for
 * @throws UsageError
 */
export function parseOptions(args: readonly string[]): DemoOptions | null {
  const { seconds, obs, keep, json, help } = parse(args);
  if (help) return null;
  if (!/^\d{1,4}$/.test(seconds) || Number(seconds) < 1 || Number(seconds) > mostSeconds) {
    throw new UsageError(`--seconds must be a whole number from 1 to ${mostSeconds}, not “${seconds}”.`);
  }
  const kind = kinds.find((known) => known === obs);
  if (kind === undefined) throw new UsageError(`--obs must be one of ${kinds.join(', ')}, not “${obs}”.`);
  return { seconds: Number(seconds), obs: kind, keep, json };
}

function parse(args: readonly string[]) {
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
    throw new UsageError(`${sentence.replace(/\.$/, '')}. Options: --seconds N, --obs KIND, --keep, --json.`, {
      cause: error,
    });
  }
}
