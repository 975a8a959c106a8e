/**
 * OBS opens a page of the data folder that waits for the agent (agent/waiting-page) and goes over to this one. It is the page before
 * this one in the history then, and says so in the fragment: `#waiting&token=…`.
 */
import type { AgentLink } from './live.ts';

/**
 * When to go back there: where this page is of no use without the agent, and a reload would leave OBS's error page; and where it has
 * another token than the agent, because there it gets the new one.
 * @returns takes the link to the agent and whether the page reaches OBS itself
 */
export function wayBack(fragment: string): (link: AgentLink, reachesObs: boolean) => boolean {
  const isThere = fragment.startsWith('#waiting&');
  return (link, reachesObs) => isThere && (link === 'refused' || (link === 'waiting' && !reachesObs));
}
