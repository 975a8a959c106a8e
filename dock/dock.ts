/** The page's composition root: builds its connections and wires them to its state. Components take their actions from here. */
import { computed, effect, signal } from '@preact/signals';
import type { ObsConnectionInfo } from '../shared/api.ts';
import type { ErrorInfo, Language } from '../shared/errors.ts';
import { type AgentClient, AgentError, createAgentClient } from './agent/client.ts';
import { createHistory } from './agent/history.ts';
import { openLive } from './agent/live.ts';
import { createNextSession } from './agent/next-session.ts';
import { dropTrace, noteSpeed } from './agent/speeds.ts';
import {
  activeSession,
  agent,
  agentConnected,
  agentLink,
  failure,
  receive,
  receiveFound,
  receiveNextSession,
  receivePage,
  receiveSession,
} from './agent/store.ts';
import { readToken } from './agent/token.ts';
import { alarm, announce, milestone, phaseMilestone } from './announce.ts';
import { createSettingsEditor } from './components/settings/settings-editor.ts';
import { formatRemaining } from './format.ts';
import { chosenLanguage, language, t } from './i18n/language.ts';
import { connectObs } from './obs/connection.ts';
import { withReading } from './obs/disk.ts';
import { elapsedMs, type RecordPhase } from './obs/record-state.ts';
import { createRecorder } from './obs/recorder.ts';
import { diskAlarm, diskLeft, obsFreeBytes, obsLink, readings } from './obs/store.ts';
import { startTicker } from './ticker.ts';

const token = readToken(location.hash, sessionStorage);
const client = createAgentClient(token, () => language.peek());
const visible = signal(document.visibilityState === 'visible');

let lastWhere: ObsConnectionInfo | null = null;
const obs = connectObs({
  async whereIsObs() {
    lastWhere = await client.obsConnection().catch(() => lastWhere);
    return lastWhere;
  },
  onLink(link) {
    obsLink.value = link;
    if (link.state === 'connected') void readObs();
  },
  onEvent: (event) => recorder.dispatch(event),
});

export const nextSession = createNextSession({
  client,
  current: computed(() => agent.value?.nextSession ?? null),
  active: activeSession,
  connected: agentConnected,
  onTaken: receiveNextSession,
  onSessionTaken: receiveSession,
  onFailure: fail,
});

export const recorder = createRecorder({
  call: (request) => obs.call(request),
  prepareStart: nextSession.prepareStart,
});

export const history = createHistory({
  client,
  nextCursor: () => agent.peek()?.nextCursor ?? null,
  foundCursor: () => agent.peek()?.found?.nextCursor ?? null,
  onPage: receivePage,
  onFound: receiveFound,
  onFailure: (error) => fail(infoOf(error)),
});

export const settingsEditor = createSettingsEditor({
  change: (change) => client.changeSettings(change),
  onFailure: fail,
});

const live = openLive({
  url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`,
  token,
  language: () => language.peek(),
  onLink(link) {
    agentLink.value = link;
    // The agent may know by now where OBS is.
    if (link === 'connected') obs.wake();
  },
  onMessage(message) {
    const before = agent.peek();
    receive(message);
    announce(message);
    if (message.type === 'snapshot') void history.reload(before?.sessions.length ?? 0);
    else history.heed(message);
    if (message.type === 'upload_progress') noteSpeed(message.data);
    if (message.type === 'upload_completed') dropTrace(message.data.id);
    // Where the agent has just got through to OBS, so can we: also after a refusal, since the password may have changed.
    const reached = message.type === 'obs_updated' && message.data.state === 'connected';
    if (reached && before?.obs.state !== 'connected') obs.retry();
    if (message.type === 'settings_updated') chosenLanguage.value = null;
  },
});

let refreshes = 0;
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
  // The disk fills slowly: every tenth second is often enough.
  onRefresh: () => void (refreshes++ % 5 === 0 ? readObs() : recorder.read()),
});

/** Asks OBS where it stands, and how much room its disk has. */
async function readObs(): Promise<void> {
  const [stats] = await Promise.all([obs.call('GetStats').catch(() => null), recorder.read()]);
  const { availableDiskSpace } = Object(stats) as { availableDiskSpace?: unknown };
  // In OBS's MB: 1024 × 1024 bytes.
  obsFreeBytes.value = typeof availableDiskSpace === 'number' ? availableDiskSpace * 1024 ** 2 : null;
}

effect(() => {
  const { confirmed, bytes, clock } = recorder.state.value;
  const isOn = confirmed === 'recording' || confirmed === 'paused';
  const reading = { ms: elapsedMs(clock, performance.now()), bytes };
  readings.value = isOn ? withReading(readings.peek(), reading) : [];
});

/** Says what people who listen should know, and follows the language; nothing can be said before there are words. */
function watch(): void {
  let phase: RecordPhase = 'unknown';
  effect(() => {
    const { confirmed } = recorder.state.value;
    const text = phaseMilestone(phase, confirmed, t.peek().announce);
    phase = confirmed;
    if (text !== null) milestone.value = text;
  });
  effect(() => {
    if (diskAlarm.value === null) return;
    alarm.value = t.peek().record.leftNear(formatRemaining(diskLeft.peek() ?? 0, language.peek()));
  });
  let told = language.peek();
  effect(() => {
    if (language.value === told) return;
    told = language.value;
    live.renew();
  });
}

function fail(info: ErrorInfo | null): void {
  failure.value = { info };
}

const infoOf = (error: unknown): ErrorInfo | null => (error instanceof AgentError ? error.info : null);

/**
 * Asks the agent for something that a person wants; what goes wrong is shown at the foot of the page.
 * @returns its answer, or undefined where it failed
 */
export async function ask<T>(action: (agentClient: AgentClient) => Promise<T>): Promise<T | undefined> {
  failure.value = null;
  try {
    return await action(client);
  } catch (error) {
    fail(infoOf(error));
    return undefined;
  }
}

/** The same for a field that shows by itself what went wrong. @returns why it failed, or null */
export async function attempt(action: (agentClient: AgentClient) => Promise<unknown>): Promise<ErrorInfo | null> {
  try {
    await action(client);
    return null;
  } catch (error) {
    return infoOf(error) ?? { code: 'agent_away', message: t.peek().agentAway.message };
  }
}

/** Tries everything that is away at once. */
export function tryAgain(): void {
  live.retry();
  obs.wake();
}

/** Tries OBS again, also after it refused. */
export async function reconnectObs(): Promise<void> {
  obs.retry();
  if (agentConnected.peek()) await ask((agentClient) => agentClient.reconnectObs());
}

/** Changes the language here at once, and for every dock as soon as the agent takes it. */
export async function chooseLanguage(choice: Language | 'auto'): Promise<void> {
  chosenLanguage.value = choice === 'auto' ? null : choice;
  if (agentConnected.peek()) await ask((agentClient) => agentClient.changeSettings({ language: choice }));
}

/** Opens both connections; called once, when the page speaks. */
export function start(): void {
  watch();
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
