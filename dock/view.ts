/** What of the page is open: state of this dock alone. */
import { signal } from '@preact/signals';
import type { MarkKind } from '../shared/domain.ts';

export const view = signal<'recordings' | 'settings'>('recordings');
export const helpOpen = signal(false);

/** A chapter or note that is being written: where it was asked for, in ms of recorded time, and when (performance.now). */
export interface MarkDraft {
  readonly kind: MarkKind;
  readonly sessionId: string;
  readonly atMs: number;
  readonly askedAt: number;
}
export const markDraft = signal<MarkDraft | null>(null);

/** Sessions whose details are shown; kept here, since cards that scroll away are not drawn. */
export const openDetails = signal<ReadonlySet<string>>(new Set());

export function toggleDetails(sessionId: string): void {
  const open = new Set(openDetails.peek());
  if (!open.delete(sessionId)) open.add(sessionId);
  openDetails.value = open;
}
