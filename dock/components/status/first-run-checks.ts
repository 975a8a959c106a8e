/** The first run's checklist, put together from the page's state: each step needs the one before it. */
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
  /** Why nothing is known yet, or what else there is to say. */
  readonly hint: string | null;
}

/** How far the way to OBS is open: the number of steps that are done, of three. */
export function obsSteps(connected: boolean, code: string | undefined): number {
  if (connected) return 3;
  // OBS answered, and the password is what it did not like.
  if (code === 'obs_password_wrong' || code === 'obs_session_ended' || code === 'obs_too_old') return 2;
  // OBS's own configuration was found, and says so.
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
  // With OBS connected, the only problem that the agent can have with it is its folder.
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
