/** OBS's part of the page's state: the dock's own connection, and what OBS can do. */
import { computed, signal } from '@preact/signals';
import type { ErrorInfo } from '../../shared/errors.ts';
import { agent, agentConnected } from '../agent/store.ts';
import type { ObsLink } from './connection.ts';

/** Written by dock.ts alone. */
export const obsLink = signal<ObsLink>({ state: 'connecting', problem: null });

/** Why OBS cannot be used, or null. The agent reads OBS's own configuration, so its word is the more exact one. */
export const obsProblem = computed<ErrorInfo | null>(() => {
  const { problem } = obsLink.value;
  if (problem === null) return null;
  return (agentConnected.value ? agent.value?.obs.problem : null) ?? problem;
});

export const canPause = computed(() => agent.value?.obs.canPause ?? true);
export const canSplit = computed(() => agent.value?.obs.canSplit ?? false);
