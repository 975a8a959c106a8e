/** Who waits for OBS to be closed, in the state table: a restart of ours forgets nothing. */
import * as z from 'zod';
import { type SetupAction, setupActionSchema } from '../../../shared/setup.ts';
import type { StateStore } from '../../storage/state-store.ts';

const name = 'obsSetupPending';
const schema = z.record(z.string(), setupActionSchema);

/** By the OBS's id; empty: nobody waits. */
export const readPending = (state: StateStore): Map<string, SetupAction> =>
  new Map(Object.entries(state.get(name, schema) ?? {}));

export const writePending = (state: StateStore, pending: ReadonlyMap<string, SetupAction>): void =>
  state.set(name, Object.fromEntries(pending));
