/** The three entries of the status strip, computed from the page's state. */
import { computed } from '@preact/signals';
import type { DestinationStatus } from '../../../shared/domain.ts';
import type { ErrorInfo } from '../../../shared/errors.ts';
import { agent, agentConnected, agentLink } from '../../agent/store.ts';
import { agentAwayError, ownError } from '../../errors.ts';
import type { Texts } from '../../i18n/en.ts';
import { t } from '../../i18n/language.ts';
import { obsLink, obsProblem } from '../../obs/store.ts';
import type { ShapeKind } from '../base/Shape.tsx';

export type StatusId = 'obs' | 'agent' | 'destination';

export interface StatusView {
  /** The state as an attribute of the page, for tests. */
  readonly state: string;
  readonly shape: ShapeKind;
  readonly word: string;
  /** Something to say that is no error. */
  readonly text: string | null;
  readonly problem: ErrorInfo | null;
}

export const obsStatus = computed<StatusView>(() => {
  const words = t.value.status;
  const { state } = obsLink.value;
  const problem = obsProblem.value;
  if (state === 'connected') {
    const known = agentConnected.value ? agent.value?.obs : undefined;
    const text =
      known?.state === 'connected' ? words.obsConnected(known.version ?? '', known.address) : words.obsDirectOnly;
    return { state, shape: 'ok', word: words.connected, text, problem: null };
  }
  if (state === 'connecting') return { state, shape: 'busy', word: words.connecting, text: null, problem: null };
  return { state, shape: state === 'refused' ? 'bad' : 'warn', word: words[state], text: null, problem };
});

export const agentStatus = computed<StatusView>(() => {
  const words = t.value.status;
  const state = agentLink.value;
  if (state === 'connected')
    return { state, shape: 'ok', word: words.connected, text: words.agentConnected, problem: null };
  if (state === 'refused') {
    return { state, shape: 'bad', word: words.refused, text: null, problem: ownError('unauthorized') };
  }
  // `connecting` is shown as `waiting` too: it would only flicker between two attempts.
  return {
    state: 'waiting',
    shape: 'warn',
    word: words.waiting,
    text: null,
    problem: { ...agentAwayError(), fix: t.value.agentAway.fix },
  };
});

export const destinationStatus = computed<StatusView>(() => {
  const words = t.value.status;
  const all = agent.value?.destinations ?? [];
  // One entry for all of them: the first that has a problem, else the first that is set up.
  const configured = all.filter((one) => one.configured);
  const shown =
    configured.find(({ problem, reachable }) => problem !== null || reachable === false) ?? configured[0] ?? all[0];
  if (agentConnected.value && shown !== undefined) return destinationView(shown, words);
  return { state: 'unknown', shape: 'warn', word: words.unknown, text: words.destinationUnknown, problem: null };
});

/** The state of one destination. */
export function destinationView(destination: DestinationStatus, words: Texts['status']): StatusView {
  const { configured, embedded, reachable, problem } = destination;
  const address = destination.address ?? '';
  if (!configured && reachable !== false) {
    return { state: 'unconfigured', shape: 'warn', word: words.unconfigured, text: words.destinationMissing, problem };
  }
  if (problem !== null || reachable === false) {
    const word = !configured ? words.unconfigured : reachable === false ? words.unreachable : words.problem;
    return { state: 'unreachable', shape: 'bad', word, text: embedded ? words.embeddedMeaning : null, problem };
  }
  if (embedded) {
    return { state: 'embedded', shape: 'ok', word: words.embedded, text: words.embeddedMeaning, problem: null };
  }
  const text = words.destinationReachable(address);
  return reachable === null
    ? { state: 'unasked', shape: 'busy', word: words.unasked, text, problem: null }
    : { state: 'reachable', shape: 'ok', word: words.reachable, text, problem: null };
}
