/** OBS's part of the page's state: the dock's own connection, what OBS can do, and the disk that it writes to. */
import { computed, signal } from '@preact/signals';
import type { ErrorInfo } from '../../shared/errors.ts';
import { agent, agentConnected } from '../agent/store.ts';
import type { ObsLink } from './connection.ts';
import { diskLeftMs, diskWarning, growth, type Reading } from './disk.ts';

/** Written by dock.ts alone, like all signals here. */
export const obsLink = signal<ObsLink>({ state: 'connecting', problem: null });

/** Why OBS cannot be used, or null. The agent reads OBS's own configuration, so its word is the more exact one. */
export const obsProblem = computed<ErrorInfo | null>(() => {
  const { problem } = obsLink.value;
  if (problem === null) return null;
  return (agentConnected.value ? agent.value?.obs.problem : null) ?? problem;
});

export const canPause = computed(() => agent.value?.obs.canPause ?? true);
export const canSplit = computed(() => agent.value?.obs.canSplit ?? false);

/** What OBS itself says of the folder that it records to, in bytes; asked for while recording. */
export const obsFreeBytes = signal<number | null>(null);
export const readings = signal<readonly Reading[]>([]);

export const freeBytes = computed(() => obsFreeBytes.value ?? agent.value?.obs.freeBytes ?? null);
/** Of the recording, while there is one. */
export const bytesPerSecond = computed(() => growth(readings.value));
export const diskLeft = computed(() => diskLeftMs(freeBytes.value, bytesPerSecond.value));
export const diskAlarm = computed(() => diskWarning(diskLeft.value));
