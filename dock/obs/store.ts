/** What the page knows of OBS: the dock's own connection to it, what it can do, and the disk that it records to. */
import { computed, signal } from '@preact/signals';
import type { ErrorInfo } from '../../shared/errors.ts';
import { agent, agentConnected } from '../agent/store.ts';
import type { ObsLink } from './connection.ts';
import { diskLeftMs, diskWarning, growth, type Reading } from './disk.ts';

/** The state of the dock's own connection. Only dock.ts writes the signals here. */
export const obsLink = signal<ObsLink>({ state: 'connecting', problem: null });

/** Why OBS cannot be used, or null. The agent reads OBS's configuration, so its reason is the more exact one. */
export const obsProblem = computed<ErrorInfo | null>(() => {
  const { problem } = obsLink.value;
  if (problem === null) return null;
  return (agentConnected.value ? agent.value?.obs.problem : null) ?? problem;
});

/** Free bytes of the disk that OBS records to, as OBS says (asked for while recording). */
export const obsFreeBytes = signal<number | null>(null);
/** Size over recorded time of the current recording. */
export const readings = signal<readonly Reading[]>([]);

/** Free bytes of that disk, as OBS says, else the agent. */
export const freeBytes = computed(() => obsFreeBytes.value ?? agent.value?.obs.freeBytes ?? null);
/** How fast the current recording grows. */
export const bytesPerSecond = computed(() => growth(readings.value));
/** When the disk will be full at that rate, in ms from now. */
export const diskFullInMs = computed(() => diskLeftMs(freeBytes.value, bytesPerSecond.value));
export const diskAlarm = computed(() => diskWarning(diskFullInMs.value));
