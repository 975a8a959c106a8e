/** The agent's part of the page's state. Components read these signals; only the functions here write them. */
import { computed, signal } from '@preact/signals';
import type { SessionsPage } from '../../shared/api.ts';
import type { NextSession, Session } from '../../shared/domain.ts';
import type { ErrorInfo } from '../../shared/errors.ts';
import type { ServerMessage } from '../../shared/live.ts';
import { type AgentState, reduceAgent, withFound, withPage } from './agent-state.ts';
import type { AgentLink } from './live.ts';

export const agentLink = signal<AgentLink>('connecting');
/** Null until the first snapshot; what was last known while the agent is away. */
export const agent = signal<AgentState | null>(null);
export const agentConnected = computed(() => agentLink.value === 'connected');

/** The session that is being recorded now. */
export const activeSession = computed<Session | null>(() => {
  const id = agent.value?.activeSessionId;
  return agent.value?.sessions.find((session) => session.id === id) ?? null;
});

/** Why the last thing that a person asked the agent for did not happen. Null inside: the agent did not answer. */
export const failure = signal<{ readonly info: ErrorInfo | null } | null>(null);

export function receive(message: ServerMessage): void {
  agent.value = reduceAgent(agent.peek(), message);
  if (message.type === 'error') failure.value = { info: message.data };
}

export function receivePage(page: SessionsPage): void {
  const state = agent.peek();
  if (state !== null) agent.value = withPage(state, page);
}

/** What a search found; null ends it. */
export function receiveFound(page: SessionsPage | null, goesOn: boolean): void {
  const state = agent.peek();
  if (state !== null) agent.value = withFound(state, page, goesOn);
}

/** What the agent has just taken from us, before its event tells everybody. */
export function receiveNextSession(change: Partial<NextSession>): void {
  const state = agent.peek();
  if (state !== null) agent.value = { ...state, nextSession: { ...state.nextSession, ...change } };
}

/** The same, of the session that is being recorded. */
export function receiveSession(id: string, change: Partial<Session>): void {
  const state = agent.peek();
  if (state === null) return;
  const sessions = state.sessions.map((session) => (session.id === id ? { ...session, ...change } : session));
  agent.value = { ...state, sessions };
}
