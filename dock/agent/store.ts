/** What the page knows from the agent. Components read these signals. */
import { computed, signal } from '@preact/signals';
import type { SessionsPage } from '../../shared/api.ts';
import type { NextSession, Session } from '../../shared/domain.ts';
import type { ErrorInfo } from '../../shared/errors.ts';
import type { ServerMessage } from '../../shared/live.ts';
import { type AgentState, isBehind, reduceAgent, withHistoryPage, withSearchPage } from './agent-state.ts';
import type { AgentLink } from './live.ts';

export const agentLink = signal<AgentLink>('connecting');
/** Null until the first snapshot. While the agent is away, what was last known. */
export const agent = signal<AgentState | null>(null);
export const agentConnected = computed(() => agentLink.value === 'connected');

/** The session that is being recorded now. */
export const activeSession = computed<Session | null>(() => {
  const id = agent.value?.activeSessionId;
  return agent.value?.sessions.find((session) => session.id === id) ?? null;
});

/** Why the last thing that a person asked for did not happen. */
export interface Failure {
  /** Null where the agent did not answer. */
  readonly info: ErrorInfo | null;
  /** Tries the same again, where another press of the same button is not all that it takes. */
  readonly retry?: () => Promise<void>;
}
export const failure = signal<Failure | null>(null);

/**
 * Takes a message of the live channel.
 * @param ask for a session that is not known as it was before the change
 */
export function receiveMessage(message: ServerMessage, ask: (id: string) => void): void {
  const state = reduceAgent(agent.peek(), message);
  agent.value = state;
  if (message.type === 'session_updated' && state !== null && isBehind(state, message.data)) ask(message.data.id);
  if (message.type === 'error') failure.value = { info: message.data };
}

/** Takes a page of the list without a search. */
export function receiveHistoryPage(page: SessionsPage): void {
  const state = agent.peek();
  if (state !== null) agent.value = withHistoryPage(state, page);
}

/**
 * Takes a page of what a search found.
 * @param page null ends the search
 * @param isFirst whether a new search begins with it
 */
export function receiveSearchPage(page: SessionsPage | null, isFirst: boolean): void {
  const state = agent.peek();
  if (state !== null) agent.value = withSearchPage(state, page, isFirst);
}

/** Applies a change of the next session that the agent has accepted, before its event arrives. */
export function changeNextSession(change: Partial<NextSession>): void {
  const state = agent.peek();
  if (state !== null) agent.value = { ...state, nextSession: { ...state.nextSession, ...change } };
}

/** Applies a change of the session that is being recorded, likewise. */
export function changeActiveSession(id: string, change: Partial<Session>): void {
  const state = agent.peek();
  if (state === null) return;
  const sessions = state.sessions.map((session) => (session.id === id ? { ...session, ...change } : session));
  agent.value = { ...state, sessions };
}
