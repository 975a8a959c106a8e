/** The agent's state as lines for a terminal: one line per change that a person would want to know, nothing else. */
import type { DestinationStatus, ObsStatus } from '../../../shared/domain.ts';
import { type Language, translateError } from '../../../shared/errors.ts';
import type { LiveEvent } from '../../../shared/live.ts';
import type { StartWords } from './words.ts';

/** What is said about OBS; null while there is nothing to say yet. */
export function obsLine(obs: ObsStatus, words: StartWords, language: Language): string | null {
  if (obs.state === 'connecting') return null;
  const problem = obs.problem && translateError(obs.problem, language);
  const fault = problem ? [problem.message, problem.fix].filter(Boolean).join(' ') : '';
  if (obs.state !== 'connected') return `✗ ${fault}`;
  const connected = `✓ ${words.obsConnected(obs.version ?? '', obs.address)}`;
  return fault === '' ? connected : `${connected}\n✗ ${fault}`;
}

/** Where uploads go. */
export function destinationLines(destination: DestinationStatus, receivedDir: string, words: StartWords): string[] {
  return destination.embedded
    ? words.embedded(receivedDir)
    : words.server(destination.address ?? '', destination.proxy);
}

/** Turns live events into lines; the same line is never given twice in a row. */
export function newsTeller(
  say: (line: string) => void,
  options: { readonly receivedDir: string; readonly words: StartWords; readonly language: Language },
): (event: Pick<LiveEvent, 'type' | 'data'>) => void {
  const { receivedDir, words, language } = options;
  const last = new Map<string, string>();
  const tell = (about: string, line: string | null): void => {
    if (line === null || line === last.get(about)) return;
    const first = !last.has(about);
    last.set(about, line);
    // Where uploads go stands in the greeting already.
    if (!(first && about.startsWith('destination_updated'))) say(line);
  };
  return (event) => {
    const { type, data } = event as LiveEvent;
    if (type === 'obs_updated') tell(type, obsLine(data, words, language));
    if (type === 'destination_updated' && data.configured) {
      tell(`${type} ${data.id}`, destinationLines(data, receivedDir, words).join(' '));
    }
  };
}
