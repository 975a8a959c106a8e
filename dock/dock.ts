/** The page's composition root: makes its connections, wires them to its state, and exports what components can do. */
import { computed, effect, signal } from '@preact/signals';
import type { ObsConnectionInfo } from '../shared/api.ts';
import type { ErrorInfo } from '../shared/errors.ts';
import { type AgentClient, createAgentClient, reasonOf } from './agent/client.ts';
import { createHistory } from './agent/history.ts';
import { createLiveChannel } from './agent/live.ts';
import { createNextSessionEditor } from './agent/next-session.ts';
import { addSpeed, forgetTrace } from './agent/speeds.ts';
import {
  activeSession,
  agent,
  agentConnected,
  agentLink,
  changeActiveSession,
  changeNextSession,
  failure,
  receiveHistoryPage,
  receiveMessage,
  receiveSearchPage,
} from './agent/store.ts';
import { keepToken, readToken } from './agent/token.ts';
import { wayBack } from './agent/way-back.ts';
import { alarm, announce, milestone, phaseMilestone } from './announce.ts';
import { agentAwayError } from './errors.ts';
import { formatRemaining } from './format.ts';
import { chosenLanguage, language, t } from './i18n/language.ts';
import { createObsConnection } from './obs/connection.ts';
import { withReading } from './obs/disk.ts';
import { elapsedMs, type RecordPhase } from './obs/record-state.ts';
import { createRecorder } from './obs/recorder.ts';
import { diskAlarm, diskFullInMs, obsFreeBytes, obsLink, readings } from './obs/store.ts';
import { startTicker } from './ticker.ts';

const backFor = wayBack(location.hash);
/** OBS loads a dock again from the address that the page has then. */
const inObs = 'obsstudio' in window;
const token = readToken(location.hash, sessionStorage, () => {
  if (!inObs) window.history.replaceState(null, '', location.pathname);
});
export const client = createAgentClient(
  () => live.key(),
  () => language.peek(),
);
const visible = signal(document.visibilityState === 'visible');

let lastObsAddress: ObsConnectionInfo | null = null;
const obs = createObsConnection({
  async findObs() {
    // While the agent is away, OBS is most likely where it was.
    lastObsAddress = await client.obsConnection().catch(() => lastObsAddress);
    return lastObsAddress;
  },
  onLink(link) {
    obsLink.value = link;
    if (link.state === 'connected') void readObs();
  },
  onEvent: (event) => recorder.dispatch(event),
});

export const nextSession = createNextSessionEditor({
  client,
  next: computed(() => agent.value?.nextSession ?? null),
  active: activeSession,
  connected: agentConnected,
  onNextChanged: changeNextSession,
  onActiveChanged: changeActiveSession,
  onFailure: showFailure,
});

export const recorder = createRecorder({
  call: (request) => obs.call(request),
  prepareStart: nextSession.prepareStart,
});

export const history = createHistory({
  client,
  listCursor: () => agent.peek()?.nextCursor ?? null,
  searchCursor: () => agent.peek()?.found?.nextCursor ?? null,
  onListPage: receiveHistoryPage,
  onSearchPage: receiveSearchPage,
  onFailure: (error) => showFailure(reasonOf(error)),
});

const live = createLiveChannel({
  origin: location.origin,
  token,
  language: () => language.peek(),
  onLink(link) {
    agentLink.value = link;
    if (backFor(link, obsLink.peek().state === 'connected')) window.history.back();
    // The agent can say again where OBS is.
    if (link === 'connected') obs.wake();
  },
  onOtherPage: () => location.reload(),
  onToken: (given) => void keepToken(given, sessionStorage),
  onMessage(message) {
    const before = agent.peek();
    receiveMessage(message, live.ask);
    announce(message);
    if (message.type === 'snapshot') void history.reload(before?.sessions.length ?? 0);
    else history.refreshAfter(message);
    if (message.type === 'upload_progress') addSpeed(message.data);
    if (message.type === 'upload_completed') forgetTrace(message.data.id);
    // Once the agent reaches OBS, the dock can too: also where OBS had refused it, since the password may be another one now.
    const reached = message.type === 'obs_updated' && message.data.state === 'connected';
    if (reached && before?.obs.state !== 'connected') obs.retry();
    if (message.type === 'settings_updated') chosenLanguage.value = null;
  },
});

let refreshes = 0;
/** Changes whenever what depends on the time must be drawn again. */
export const tick = startTicker({
  running: computed(() => recorder.state.value.clock.running),
  elapsed: () => elapsedMs(recorder.state.peek().clock, performance.now()),
  countingDown: computed(
    () =>
      agent.value?.sessions.some(({ recordings }) =>
        recordings.some(({ uploads }) => uploads.some(({ state }) => state === 'waiting')),
      ) ?? false,
  ),
  visible,
  // Every two seconds OBS's recording; every ten, since the disk fills slowly, its free space too.
  onRefresh: () => void (refreshes++ % 5 === 0 ? readObs() : recorder.read()),
});

/** Asks OBS for the state of its recording and for the free space of the disk that it records to. */
async function readObs(): Promise<void> {
  const [stats] = await Promise.all([obs.call('GetStats').catch(() => null), recorder.read()]);
  const { availableDiskSpace } = Object(stats) as { availableDiskSpace?: unknown };
  // OBS counts in MB of 1024 × 1024 bytes.
  obsFreeBytes.value = typeof availableDiskSpace === 'number' ? availableDiskSpace * 1024 ** 2 : null;
}

effect(() => {
  const { confirmed, bytes, clock } = recorder.state.value;
  const isRecording = confirmed === 'recording' || confirmed === 'paused';
  const reading = { ms: elapsedMs(clock, performance.now()), bytes };
  readings.value = isRecording ? withReading(readings.peek(), reading) : [];
});

/** Announces to screen readers what OBS does and that its disk runs full. Needs the page's texts. */
function announceRecording(): void {
  let phase: RecordPhase = 'unknown';
  effect(() => {
    const { confirmed } = recorder.state.value;
    const text = phaseMilestone(phase, confirmed, t.peek().announce);
    phase = confirmed;
    if (text !== null) milestone.value = text;
  });
  effect(() => {
    if (diskAlarm.value === null) return;
    alarm.value = t.peek().record.diskAlarm(formatRemaining(diskFullInMs.peek() ?? 0, language.peek()));
  });
}

/** The agent writes errors in the language that it was told last. */
function renewOnNewLanguage(): void {
  let helloLanguage = language.peek();
  effect(() => {
    if (language.value === helloLanguage) return;
    helloLanguage = language.value;
    live.renew();
  });
}

/** Shows at the foot of the page why something did not happen (FailureNote.tsx); null: the agent did not answer. */
export function showFailure(info: ErrorInfo | null): void {
  failure.value = { info };
}

/**
 * Asks the agent for what a person has just asked for. A failure is shown at the foot of the page (FailureNote.tsx).
 * @returns the agent's answer, or undefined where it failed
 */
export async function ask<T>(action: (agentClient: AgentClient) => Promise<T>): Promise<T | undefined> {
  failure.value = null;
  try {
    return await action(client);
  } catch (error) {
    showFailure(reasonOf(error));
    return undefined;
  }
}

/** Like `ask`, for a caller that shows a failure by itself, such as a field. @returns why it failed, or null */
export async function attempt(action: (agentClient: AgentClient) => Promise<unknown>): Promise<ErrorInfo | null> {
  try {
    await action(client);
    return null;
  } catch (error) {
    return reasonOf(error) ?? agentAwayError();
  }
}

/** Goes on with a new token, now and when this page is loaded again. */
export function goOnWith(newToken: string): void {
  const isKept = keepToken(newToken, sessionStorage);
  if (inObs || !isKept) window.history.replaceState(null, '', `#token=${newToken}`);
  live.useToken(newToken);
}

/** Tries at once to connect to whatever is away: the agent, OBS. */
export function tryAgain(): void {
  live.retry();
  obs.wake();
}

/** Connects to OBS again, the dock and the agent, also after OBS refused. */
export async function reconnectObs(): Promise<void> {
  obs.retry();
  if (agentConnected.peek()) await ask((agentClient) => agentClient.reconnectObs());
}

/** Opens both connections; called once, when the page has its texts. */
export function start(): void {
  announceRecording();
  renewOnNewLanguage();
  live.retry();
  obs.retry();
  // Another address, with another token, typed over this one: the browser itself loads nothing for what follows the #.
  addEventListener('hashchange', () => location.reload());
  document.addEventListener('visibilitychange', () => {
    visible.value = document.visibilityState === 'visible';
    if (!visible.value) return;
    tryAgain();
    // The page's clocks stand still while the machine sleeps: ask OBS for the recorded time.
    void recorder.read();
  });
}
