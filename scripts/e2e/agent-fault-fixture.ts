/** What preload-fault-fixture.ts can do to the agent. */
export type AgentFault =
  | {
      /** SIGKILL at a write of the journal: before it, or once it is durable. */
      readonly kind: 'kill';
      readonly step: JournalStep;
      readonly when: 'before' | 'after';
      /** At the n-th such write. */
      readonly nth: number;
    }
  | {
      /** Every read of the disk fails from then on. */
      readonly kind: 'read-error';
      /** Reads into smaller buffers work, and do not count. */
      readonly minBytes: number;
      /** So many large ones work. */
      readonly after: number;
    };

/** The writes that an upload to Object Storage leaves behind, in their order; `arrived` is the queue's own. */
export type JournalStep =
  | 'begin'
  | 'created'
  | 'reconcile'
  | 'stored'
  | 'completing'
  | 'verifying'
  | 'completed'
  | 'arrived';
