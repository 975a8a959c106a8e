/** The status strip's three entries, put together from the page's state. */
import { computed } from '@preact/signals';
import { type ErrorInfo, errorInfo } from '../../shared/errors.ts';
import { agent, agentConnected, agentLink } from '../agent/store.ts';
import { t } from '../i18n/language.ts';
import { obsLink, obsProblem } from '../obs/store.ts';
import type { ShapeKind } from './Shape.tsx';

export interface StatusView {
  /** For tests and styles. */
  readonly state: string;
  readonly shape: ShapeKind;
  readonly word: string;
  /** What there is to say where nothing is wrong. */
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
      known?.state !== 'connected'
        ? words.obsDirectOnly
        : words.obsConnected(known.version ?? '', known.address).replace(/\s+/g, ' ');
    return {
      state,
      shape: 'ok',
      word: words.connected,
      text: known === undefined ? words.obsPlain : text,
      problem: null,
    };
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
    return { state, shape: 'bad', word: words.refused, text: null, problem: errorInfo('unauthorized') };
  }
  const { message, fix } = t.value.agentAway;
  // Between two attempts nothing has changed for the one who looks.
  return {
    state: 'waiting',
    shape: 'warn',
    word: words.waiting,
    text: null,
    problem: { code: 'agent_away', message, fix },
  };
});

export const destinationStatus = computed<StatusView>(() => {
  const words = t.value.status;
  const all = agent.value?.destinations ?? [];
  // What needs a look comes first.
  const set = all.filter(({ configured }) => configured);
  const one = set.find(({ problem, reachable }) => problem !== null || reachable === false) ?? set[0] ?? all[0];
  if (!agentConnected.value || one === undefined) {
    return { state: 'unknown', shape: 'warn', word: words.unknown, text: words.destinationUnknown, problem: null };
  }
  const { embedded, reachable, problem } = one;
  const address = one.address ?? '';
  if (problem !== null || reachable === false) {
    const word = !one.configured ? words.unconfigured : reachable === false ? words.unreachable : words.problem;
    return { state: 'unreachable', shape: 'bad', word, text: embedded ? words.embeddedMeaning : null, problem };
  }
  if (embedded)
    return { state: 'embedded', shape: 'ok', word: words.embedded, text: words.embeddedMeaning, problem: null };
  if (!one.configured) {
    return {
      state: 'unconfigured',
      shape: 'warn',
      word: words.unconfigured,
      text: null,
      problem: errorInfo('destination_not_configured', { destination: one.id }),
    };
  }
  return reachable === null
    ? { state: 'unasked', shape: 'busy', word: words.unasked, text: words.destinationUnasked(address), problem: null }
    : {
        state: 'reachable',
        shape: 'ok',
        word: words.reachable,
        text: words.destinationReachable(address),
        problem: null,
      };
});
