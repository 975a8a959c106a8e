/** The numbers in names from the template: a running one over all sessions, and one for each rest of a name. */
import * as z from 'zod';
import { nameKey } from '../../shared/naming.ts';
import type { Database } from '../storage/database.ts';
import { StateStore } from '../storage/state-store.ts';

const stateName = 'sessionCounter';

export class NameCounters {
  readonly #database: Database;
  readonly #state: StateStore;

  constructor(database: Database) {
    this.#database = database;
    this.#state = new StateStore(database);
  }

  /** The number of the newest session; a forgotten session's number does not come again. */
  get last(): number {
    return this.#state.get(stateName, z.int().nonnegative()) ?? 0;
  }

  /** The last take of a name without its take's number; 0: there was none. */
  lastTake(rest: string): number {
    // As text: what another program wrote there may be more than a number can tell.
    const row = this.#database
      .prepare('SELECT CAST(last AS TEXT) AS last FROM takes WHERE name_key = ?')
      .get(nameKey(rest));
    return z.coerce
      .number()
      .pipe(z.int().nonnegative())
      .catch(0)
      .parse(row?.last ?? 0);
  }

  /** A session begins with this number. */
  count(number: number): void {
    this.#state.set(stateName, number);
  }

  /** A session begins as this take. */
  countTake(rest: string, take: number): void {
    this.#database
      .prepare(
        'INSERT INTO takes (name_key, last) VALUES (?, ?) ON CONFLICT (name_key) DO UPDATE SET last = excluded.last',
      )
      .run(nameKey(rest), take);
  }
}
