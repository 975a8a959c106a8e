/** What is open in this page: every dock has its own. */
import { signal } from '@preact/signals';
import type { MarkKind } from '../shared/domain.ts';

export const view = signal<'recordings' | 'settings'>('recordings');

/** Shows the recordings again. */
export function closeSettings(): void {
  view.value = 'recordings';
}

/** Whether the help is shown. */
export const helpOpen = signal(false);

/** A chapter or note of the current recording whose text is being written. */
export interface MarkDraft {
  readonly kind: MarkKind;
  readonly sessionId: string;
  /** Its place, in ms of recorded time. */
  readonly atMs: number;
  /** When its button was pressed (performance.now). */
  readonly pressedAt: number;
}
export const markDraft = signal<MarkDraft | null>(null);

/** Sessions whose details are shown, by id. Kept here, because cards far from the screen are not drawn. */
export const openDetails = signal<ReadonlySet<string>>(new Set());

/** Shows a session's details, or hides them. */
export function toggleDetails(sessionId: string): void {
  const open = new Set(openDetails.peek());
  if (!open.delete(sessionId)) open.add(sessionId);
  openDetails.value = open;
}
