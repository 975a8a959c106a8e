/** What the store's side does wrong on purpose, for so many calls. */
import type { GateRules, S3Verb } from '../../rig/gate.ts';

interface Fault {
  readonly kind: 'answer 503' | 'answer 500' | 'lose answers';
  /** null: any. */
  readonly verb: S3Verb | null;
  left: number;
}

export class StoreFaults {
  #faults: Fault[] = [];

  readonly rules: GateRules = {
    onCall: ({ verb }) => {
      const fault = this.#take(verb, ['answer 503', 'answer 500']);
      if (fault === undefined) return undefined;
      return fault.kind === 'answer 503' ? { status: 503, code: 'SlowDown' } : { status: 500, code: 'InternalError' };
    },
    onAnswer: ({ verb }) => (this.#take(verb, ['lose answers']) === undefined ? undefined : 'lose'),
  };

  add(kind: Fault['kind'], verb: S3Verb | null, calls: number): void {
    this.#faults.push({ kind, verb, left: calls });
  }

  clear(): void {
    this.#faults = [];
  }

  #take(verb: S3Verb, kinds: readonly Fault['kind'][]): Fault | undefined {
    const fault = this.#faults.find(
      (each) => each.left > 0 && kinds.includes(each.kind) && (each.verb === null || each.verb === verb),
    );
    if (fault !== undefined) fault.left -= 1;
    return fault;
  }
}
