/** What preload-fault-fixture.ts can do to the agent. */
export type AgentFault =
  | {
      /** SIGKILL at a write: before it, in place of the COMMIT of its transaction, or once it is durable. */
      readonly kind: 'kill';
      readonly step: JournalStep;
      readonly when: 'before' | 'commit' | 'after';
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

/**
 * The writes of an upload to Object Storage: the journal's, and the queue's `arrived`. Seeds of follow-property count on this
 * order.
 */
export const journalSteps = [
  'begin',
  'created',
  'stored',
  'reconcile',
  'completing',
  'verifying',
  'completed',
  'arrived',
] as const;
/** Those, and the writes of sessions, of the queue and of tasks. */
export type JournalStep =
  | (typeof journalSteps)[number]
  | 'session recording'
  | 'session finalising'
  | 'session recorded'
  | 'queued'
  | 'uploading'
  | 'task ended';
