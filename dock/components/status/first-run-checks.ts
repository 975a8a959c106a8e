/** The checklist before the first recording, from the page's state. Each of OBS's steps needs the one before it. */
import { computed } from '@preact/signals';
import type { ErrorInfo } from '../../../shared/errors.ts';
import { agent } from '../../agent/store.ts';
import { t } from '../../i18n/language.ts';
import { obsLink, obsProblem } from '../../obs/store.ts';
import type { ShapeKind } from '../base/Shape.tsx';
import { destinationStatus } from './status-views.ts';

type CheckId = 'obsFound' | 'websocketOn' | 'passwordOk' | 'folderReadable' | 'destinationOk';

export interface Check {
  readonly id: CheckId;
  readonly label: string;
  readonly shape: ShapeKind;
  readonly problem: ErrorInfo | null;
  /** Where it stands, or why that is not known yet. */
  readonly hint: string | null;
}

/**
 * How many of the three steps towards OBS are done: it was found, its WebSocket server is on, the password is right.
 * @param code of the error that OBS cannot be used for
 */
export function obsSteps(connected: boolean, code: string | undefined): number {
  if (connected) return 3;
  // OBS's WebSocket server answered, and refused us.
  if (code === 'obs_password_wrong' || code === 'obs_session_ended' || code === 'obs_too_old') return 2;
  // The agent has found OBS's configuration, in which the server is off.
  if (code === 'obs_websocket_disabled') return 1;
  return 0;
}

export const firstRunChecks = computed<readonly Check[]>(() => {
  const words = t.value.firstRun;
  const connected = obsLink.value.state === 'connected';
  const problem = obsProblem.value;
  const known = agent.value?.obs;
  const done = obsSteps(connected, problem?.code);
  const steps = (['obsFound', 'websocketOn', 'passwordOk'] as const).map((id, index): Check => {
    const failed = index === done && problem !== null;
    return {
      id,
      label: words[id],
      shape: index < done ? 'ok' : failed ? 'bad' : 'busy',
      problem: failed ? problem : null,
      hint: null,
    };
  });
  // Once the agent is connected to OBS, the only problem left is the recording folder.
  const folderProblem = connected && known?.state === 'connected' ? known.problem : null;
  const folder: Check = {
    id: 'folderReadable',
    label: words.folderReadable,
    shape: folderProblem !== null ? 'bad' : connected && known?.recordDirectory != null ? 'ok' : 'busy',
    problem: folderProblem,
    hint: connected ? (known?.recordDirectory ?? null) : words.later,
  };
  const { shape, problem: destinationProblem, text } = destinationStatus.value;
  const destination: Check = {
    id: 'destinationOk',
    label: words.destinationOk,
    shape,
    problem: destinationProblem,
    hint: text,
  };
  return [...steps, folder, destination];
});
