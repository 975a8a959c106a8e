import { alarm, milestone } from '../../announce.ts';

/** What is said to people who listen: milestones politely, failures at once. */
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
