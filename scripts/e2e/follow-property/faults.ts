/** What the store's side, and what stands before it, does wrong on purpose. */
import type { Gate, GateRules, S3Verb } from '../../rig/gate.ts';

interface Fault {
  readonly kind:
    | 'answer 503'
    | 'answer 500'
    | 'lose answers'
    /** Every second call does not reach the store, and its connection is reset. */
    | 'reset every second call'
    /** 200 without a word, which the store has not said: it has heard nothing. */
    | 'answer nothing'
    /** What the store says is cut to nothing. */
    | 'empty answers';
  /** null: any. */
  readonly verb: S3Verb | null;
  /** For so many calls. */
  left: number;
}

export class StoreFaults {
  #faults: Fault[] = [];
  /** Connections that a front has closed without telling. */
  readonly #stale = new Set<number>();

  readonly rules: GateRules = {
    onCall: ({ verb, connection }) => {
      if (this.#stale.has(connection)) return 'reset';
      const resetting = this.#take(verb, ['reset every second call']);
      if (resetting !== undefined && resetting.left % 2 === 1) return 'reset';
      switch (this.#take(verb, ['answer 503', 'answer 500', 'answer nothing'])?.kind) {
        case 'answer 503':
          return { status: 503, code: 'SlowDown' };
        case 'answer 500':
          return { status: 500, code: 'InternalError' };
        case 'answer nothing':
          return { status: 200 };
        default:
          return undefined;
      }
    },
    onAnswer: ({ verb }) => {
      if (this.#take(verb, ['lose answers']) !== undefined) return 'lose';
      return this.#take(verb, ['empty answers']) === undefined ? undefined : { body: () => '' };
    },
  };

  add(kind: Fault['kind'], verb: S3Verb | null, calls: number): void {
    this.#faults.push({ kind, verb, left: calls });
  }

  /** A front closes every connection that nothing is on its way over; whoever uses one again is told by its reset. */
  forgetIdle({ calls }: Gate): void {
    const busy = new Set(calls.filter(({ end }) => end === 'open').map(({ connection }) => connection));
    for (const { connection } of calls) if (!busy.has(connection)) this.#stale.add(connection);
  }

  /** From now on, answers come after interim ones that nobody asked for; or no longer. */
  interim(on: boolean): void {
    this.rules.interim = on;
  }

  clear(): void {
    this.#faults = [];
    this.#stale.clear();
    this.interim(false);
  }

  #take(verb: S3Verb, kinds: readonly Fault['kind'][]): Fault | undefined {
    const fault = this.#faults.find(
      (each) => each.left > 0 && kinds.includes(each.kind) && (each.verb === null || each.verb === verb),
    );
    if (fault !== undefined) fault.left -= 1;
    return fault;
  }
}
