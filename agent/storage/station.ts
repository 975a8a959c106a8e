/** What this machine's agent is called where several share a bucket or a server: short, and its own. */
import { randomInt } from 'node:crypto';
import * as z from 'zod';
import type { StateStore } from './state-store.ts';

const stateName = 'station';
/** Without those that are taken for one another. */
const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
const stationSchema = z.string().regex(/^[a-z0-9]{5}$/);

/** Made at the first call, and the same from then on as long as the data folder is. */
export function stationId(state: StateStore): string {
  const known = state.get(stateName, stationSchema);
  if (known !== undefined) return known;
  const made = Array.from({ length: 5 }, () => letters[randomInt(letters.length)]).join('');
  state.set(stateName, made);
  return made;
}
