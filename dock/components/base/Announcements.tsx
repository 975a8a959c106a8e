import { alarm, milestone } from '../../announce.ts';

/** The texts that a screen reader reads by itself (announce.ts). */
export function Announcements() {
  return (
    <div class="visually-hidden">
      <p role="status" aria-live="polite">
        {milestone}
      </p>
      <p role="alert">{alarm}</p>
    </div>
  );
}
