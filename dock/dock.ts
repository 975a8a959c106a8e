/** The page's composition root: builds its connections and wires them to its state. Components take their actions from here. */
import { computed, effect, signal } from '@preact/signals';
import type { ObsConnectionInfo } from '../shared/api.ts';
import type { ErrorInfo, Language } from '../shared/errors.ts';
import { AgentError, createAgentClient, type UploadAction } from './agent/client.ts';
import { openLive } from './agent/live.ts';
import { createNextSession } from './agent/next-session.ts';
import { agent, agentConnected, agentLink, failure, receive, receiveNextSession, receivePage } from './agent/store.ts';
import { readToken } from './agent/token.ts';
import { announce, milestone, phaseMilestone } from './announce.ts';
import { chosenLanguage, t } from './i18n/language.ts';
import { connectObs } from './obs/connection.ts';
import { elapsedMs, type RecordPhase } from './obs/record-state.ts';
import { createRecorder } from './obs/recorder.ts';
import { obsLink } from './obs/store.ts';
import { startTicker } from './ticker.ts';

const pageSize = 20;
/** What the agent gives in one page at most (listQuerySchema). */
const largestPage = 200;

const token = readToken(location.hash, sessionStorage);
const client = createAgentClient(token);
const visible = signal(document.visibilityState === 'visible');

let lastWhere: ObsConnectionInfo | null = null;
const obs = connectObs({
  async whereIsObs() {
    lastWhere = await client.obsConnection().catch(() => lastWhere);
    return lastWhere;
  },
  onLink(link) {
    obsLink.value = link;
    if (link.state === 'connected') void recorder.read();
  },
  onEvent: (event) => recorder.dispatch(event),
});

export const nextSession = createNextSession({
  client,
  current: computed(() => agent.value?.nextSession ?? null),
  connected: agentConnected,
  onTaken: receiveNextSession,
  onFailure: fail,
});

export const recorder = createRecorder({
  call: (request) => obs.call(request),
  prepareStart: nextSession.prepareStart,
});

const live = openLive({
  url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`,
  token,
  onLink(link) {
    agentLink.value = link;
    // The agent may know by now where OBS is.
    if (link === 'connected') obs.wake();
  },
  onMessage(message) {
    const before = agent.peek();
    receive(message);
    announce(message);
    if (message.type === 'snapshot')
      void loadPage({ limit: Math.min(largestPage, Math.max(pageSize, before?.sessions.length ?? 0)) });
    // Where the agent has just got through to OBS, so can we: also after a refusal, since the password may have changed.
    const reached = message.type === 'obs_updated' && message.data.state === 'connected';
    if (reached && before?.obs.state !== 'connected') obs.retry();
    if (message.type === 'settings_updated') chosenLanguage.value = null;
  },
});

/** Draws again what depends on the time of day. */
export const tick = startTicker({
  running: computed(() => recorder.state.value.clock.running),
  elapsed: () => elapsedMs(recorder.state.peek().clock, performance.now()),
  counting: computed(
    () =>
      agent.value?.sessions.some(({ recordings }) =>
        recordings.some(({ uploads }) => uploads.some(({ state }) => state === 'waiting')),
      ) ?? false,
  ),
  visible,
  onRefresh: () => void recorder.read(),
});

let phase: RecordPhase = 'unknown';
effect(() => {
  const { confirmed } = recorder.state.value;
  const text = phaseMilestone(phase, confirmed, t.peek().announce);
  phase = confirmed;
  if (text !== null) milestone.value = text;
});

function fail(info: ErrorInfo | null): void {
  failure.value = { info };
}

/** Runs something that a person asked for; what goes wrong is shown above the list. */
async function act(action: Promise<void>): Promise<void> {
  failure.value = null;
  await action.catch((error: unknown) => fail(error instanceof AgentError ? error.info : null));
}

async function loadPage(page: { limit: number; cursor?: string }): Promise<void> {
  await act(client.sessions(page).then(receivePage));
}

export async function loadMore(): Promise<void> {
  const cursor = agent.peek()?.nextCursor;
  if (cursor != null) await loadPage({ limit: pageSize, cursor });
}

export const uploadNow = (sessionId: string): Promise<void> => act(client.uploadNow(sessionId));

export const changeUpload = (uploadId: string, action: UploadAction): Promise<void> =>
  act(client.changeUpload(uploadId, action));

/** Tries everything that is away at once. */
export function tryAgain(): void {
  live.retry();
  obs.wake();
}

/** Tries OBS again, also after it refused. */
export async function reconnectObs(): Promise<void> {
  obs.retry();
  if (agentConnected.peek()) await act(client.reconnectObs());
}

/** Changes the language here at once, and for every dock as soon as the agent takes it. */
export async function chooseLanguage(language: Language): Promise<void> {
  chosenLanguage.value = language;
  if (agentConnected.peek()) await act(client.changeSettings({ language }));
}

/** Opens both connections; called once. */
export function start(): void {
  live.retry();
  obs.retry();
  document.addEventListener('visibilitychange', () => {
    visible.value = document.visibilityState === 'visible';
    if (!visible.value) return;
    tryAgain();
    // Timers and clocks rest while the machine sleeps: ask OBS where it stands.
    if (obsLink.value.state === 'connected') void recorder.read();
  });
}
