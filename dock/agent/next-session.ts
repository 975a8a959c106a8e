/**
 * Edits the name and the choices of the session that is being recorded, else of the next session. What the fields show is the
 * agent's, and over it what was typed or chosen here and the agent has not confirmed yet.
 */
import { batch, computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import type { NextSessionChange } from '../../shared/api.ts';
import type { NextSession, Session } from '../../shared/domain.ts';
import type { ErrorInfo } from '../../shared/errors.ts';
import { type AgentClient, reasonOf } from './client.ts';

export interface NextSessionPorts {
  readonly client: Pick<AgentClient, 'changeNextSession' | 'changeSession'>;
  /** The next session as the agent has it; null before the first snapshot. */
  readonly next: ReadonlySignal<NextSession | null>;
  /** The session that is being recorded; null: none. */
  readonly active: ReadonlySignal<Session | null>;
  readonly connected: ReadonlySignal<boolean>;
  /** Called with a change of the next session that the agent has accepted. */
  readonly onNextChanged: (change: Partial<NextSession>) => void;
  /** Likewise, of the session that is being recorded. */
  readonly onActiveChanged: (id: string, change: Partial<Session>) => void;
  /** Called when a choice could not be made. */
  readonly onFailure: (info: ErrorInfo | null) => void;
}

export interface NextSessionEditor {
  /** What the name's field shows. */
  readonly name: ReadonlySignal<string>;
  /** What the other fields show. */
  readonly shown: ReadonlySignal<NextSession | null>;
  /** Why the agent refused the typed name. */
  readonly problem: ReadonlySignal<ErrorInfo | null>;
  focus(): void;
  type(text: string): void;
  blur(): void;
  choose(change: Choice): Promise<void>;
  /**
   * Tells the agent, before StartRecord, that this dock starts a recording, and which name was typed. An agent that is away or
   * slow does not keep OBS from recording.
   * @returns false where the agent refuses the name: then nothing may start
   */
  prepareStart(): Promise<boolean>;
}

type Choice = Pick<NextSessionChange, 'autoUpload' | 'subtitleModel' | 'priority'>;

/** A typed name is sent once nothing was typed for this long. */
export const typingPauseMs = 100;
/** How long `prepareStart` waits for the agent. */
export const prepareTimeoutMs = 2000;

/** The editor of one page. */
export function createNextSessionEditor(ports: NextSessionPorts): NextSessionEditor {
  const { client, next, active, connected, onNextChanged, onActiveChanged, onFailure } = ports;
  /** The text of the name's field while it has focus or holds a name that the agent has not accepted; else null. */
  const draft = signal<string | null>(null);
  const problem = signal<ErrorInfo | null>(null);
  /** Choices that the agent has not answered yet. */
  const pending = signal<Choice>({});
  let focused = false;
  /** Whether the agent has not accepted what was typed. */
  let unsaved = false;
  let saving = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** The typed name; null where it is empty: then the template names the session. */
  const typedName = (): string | null => (draft.peek()?.trim() ? draft.peek() : null);

  /** The name as the agent has it. */
  const agentName = (): string => (active.value === null ? next.value?.name : active.value.name) ?? '';

  /** The agent has accepted the text `sent`. What was typed meanwhile is not saved by that. */
  function onNameAccepted(sent: string | null): void {
    if (draft.peek() !== sent) return;
    unsaved = false;
    batch(() => {
      problem.value = null;
      if (active.peek() === null) onNextChanged({ name: typedName() });
      if (!focused) draft.value = null;
    });
  }

  /** Sends the typed name. One call at a time, so that a slow one cannot put an older name over a newer one. */
  async function saveName(): Promise<void> {
    clearTimeout(timer);
    if (saving || !unsaved || !connected.peek()) return;
    saving = true;
    const sent = draft.peek();
    const name = typedName();
    const session = active.peek();
    try {
      if (session === null) await client.changeNextSession({ name });
      else if (name !== null) {
        await client.changeSession(session.id, { name });
        onActiveChanged(session.id, { name: name.trim() });
      }
      onNameAccepted(sent);
    } catch (error) {
      // Without a reason the agent is away: the name is sent again when it is back, or before the start.
      if (draft.peek() === sent) problem.value = reasonOf(error);
    }
    saving = false;
    if (draft.peek() !== sent) await saveName();
  }

  effect(() => {
    if (connected.value) void saveName();
  });

  return {
    name: computed(() => draft.value ?? agentName()),
    shown: computed(() => {
      if (next.value === null) return null;
      const { autoUpload, subtitleModel, priority } = active.value ?? next.value;
      return { ...next.value, autoUpload, subtitleModel, priority, ...pending.value } as NextSession;
    }),
    problem,
    focus() {
      focused = true;
      draft.value = draft.peek() ?? agentName();
    },
    type(text) {
      draft.value = text;
      problem.value = null;
      unsaved = true;
      clearTimeout(timer);
      timer = setTimeout(saveName, typingPauseMs);
    },
    blur() {
      focused = false;
      if (unsaved) void saveName();
      else draft.value = null;
    },
    async choose(change) {
      pending.value = { ...pending.peek(), ...change };
      try {
        const session = active.peek();
        if (session === null) {
          await client.changeNextSession(change);
          onNextChanged(change as Partial<NextSession>);
        } else {
          await client.changeSession(session.id, change);
          onActiveChanged(session.id, change as Partial<Session>);
        }
      } catch (error) {
        onFailure(reasonOf(error));
      }
      // A choice that was changed again meanwhile stays pending.
      const rest = { ...pending.peek() };
      for (const name of Object.keys(change) as (keyof Choice)[]) {
        if (rest[name] === change[name]) delete rest[name];
      }
      pending.value = rest;
    },
    async prepareStart() {
      clearTimeout(timer);
      if (!connected.peek()) return true;
      const sent = draft.peek();
      const change: NextSessionChange = { ...(unsaved ? { name: typedName() } : {}), starting: 'dock' };
      try {
        await client.changeNextSession(change, prepareTimeoutMs);
        if (unsaved) onNameAccepted(sent);
        return true;
      } catch (error) {
        const info = reasonOf(error);
        if (!unsaved || info === null || !isAboutName(info)) return true;
        problem.value = info;
        return false;
      }
    },
  };
}

const isAboutName = ({ code }: ErrorInfo): boolean => code.startsWith('session_name_') || code === 'invalid_request';
