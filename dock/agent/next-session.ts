/**
 * The recording's name and choices as this page edits them: those of the session that is being recorded, else those of the next
 * one. The agent's values, a name that is being typed, a choice that is on its way.
 */
import { batch, computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import type { NextSessionChange } from '../../shared/api.ts';
import type { NextSession, Session } from '../../shared/domain.ts';
import type { ErrorInfo } from '../../shared/errors.ts';
import { type AgentClient, AgentError } from './client.ts';

export interface NextSessionPorts {
  readonly client: Pick<AgentClient, 'changeNextSession' | 'changeSession'>;
  /** The agent's values; null before the first snapshot. */
  readonly current: ReadonlySignal<NextSession | null>;
  /** The session that is being recorded. */
  readonly active: ReadonlySignal<Session | null>;
  readonly connected: ReadonlySignal<boolean>;
  /** Called with what the agent has taken. */
  readonly onTaken: (change: Partial<NextSession>) => void;
  /** The same, of the session that is being recorded. */
  readonly onSessionTaken: (id: string, change: Partial<Session>) => void;
  readonly onFailure: (info: ErrorInfo | null) => void;
}

export interface NextSessionEditor {
  /** What the fields show. */
  readonly name: ReadonlySignal<string>;
  readonly shown: ReadonlySignal<NextSession | null>;
  /** Why the typed name is not acceptable. */
  readonly problem: ReadonlySignal<ErrorInfo | null>;
  focus(): void;
  type(text: string): void;
  blur(): void;
  choose(change: Choice): Promise<void>;
  /**
   * Hands everything over before StartRecord. Without an agent, or where it takes too long, recording goes on all the same.
   * @returns false where the name is refused: then nothing may start
   */
  prepareStart(): Promise<boolean>;
}

type Choice = Pick<NextSessionChange, 'autoUpload' | 'subtitleModel' | 'priority'>;

export const typingPauseMs = 100;
export const prepareTimeoutMs = 2000;

export function createNextSession(ports: NextSessionPorts): NextSessionEditor {
  const { client, current, active, connected, onTaken, onSessionTaken, onFailure } = ports;
  /** The field's own text while it has focus or holds something that the agent has not taken. */
  const draft = signal<string | null>(null);
  const problem = signal<ErrorInfo | null>(null);
  const choice = signal<Choice>({});
  let focused = false;
  let unsaved = false;
  let saving = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const given = (): string | null => (draft.peek()?.trim() ? draft.peek() : null);

  /** The name as the agent has it. */
  const own = (): string => (active.value === null ? current.value?.name : active.value.name) ?? '';

  function taken(text: string | null): void {
    if (draft.peek() !== text) return;
    unsaved = false;
    batch(() => {
      problem.value = null;
      if (active.peek() === null) onTaken({ name: given() });
      if (!focused) draft.value = null;
    });
  }

  /** One at a time: a slow one must not put an older name over a newer one. */
  async function save(): Promise<void> {
    clearTimeout(timer);
    if (saving || !unsaved || !connected.peek()) return;
    saving = true;
    const text = draft.peek();
    const name = given();
    const session = active.peek();
    try {
      if (session === null) await client.changeNextSession({ name });
      else if (name !== null) {
        await client.changeSession(session.id, { name });
        onSessionTaken(session.id, { name: name.trim() });
      }
      taken(text);
    } catch (error) {
      // Not refused but unheard: it is handed over when the agent is back, or at the start.
      if (draft.peek() === text && error instanceof AgentError) problem.value = error.info;
    }
    saving = false;
    if (draft.peek() !== text) await save();
  }

  effect(() => {
    if (connected.value) void save();
  });

  return {
    name: computed(() => draft.value ?? own()),
    shown: computed(() => {
      if (current.value === null) return null;
      const { autoUpload, subtitleModel, priority } = active.value ?? current.value;
      return { ...current.value, autoUpload, subtitleModel, priority, ...choice.value } as NextSession;
    }),
    problem,
    focus() {
      focused = true;
      draft.value = draft.peek() ?? own();
    },
    type(text) {
      draft.value = text;
      problem.value = null;
      unsaved = true;
      clearTimeout(timer);
      timer = setTimeout(save, typingPauseMs);
    },
    blur() {
      focused = false;
      if (unsaved) void save();
      else draft.value = null;
    },
    async choose(change) {
      choice.value = { ...choice.peek(), ...change };
      try {
        const session = active.peek();
        if (session === null) {
          await client.changeNextSession(change);
          onTaken(change as Partial<NextSession>);
        } else {
          await client.changeSession(session.id, change);
          onSessionTaken(session.id, change as Partial<Session>);
        }
      } catch (error) {
        onFailure(error instanceof AgentError ? error.info : null);
      }
      const rest = { ...choice.peek() };
      for (const name of Object.keys(change) as (keyof Choice)[]) {
        if (rest[name] === change[name]) delete rest[name];
      }
      choice.value = rest;
    },
    async prepareStart() {
      clearTimeout(timer);
      if (!connected.peek()) return true;
      const text = draft.peek();
      const change: NextSessionChange = { ...(unsaved ? { name: given() } : {}), starting: 'dock' };
      try {
        await client.changeNextSession(change, prepareTimeoutMs);
        if (unsaved) taken(text);
        return true;
      } catch (error) {
        const info = error instanceof AgentError ? error.info : null;
        if (!unsaved || info === null || !isAboutName(info)) return true;
        problem.value = info;
        return false;
      }
    },
  };
}

const isAboutName = ({ code }: ErrorInfo): boolean => code.startsWith('session_name_') || code === 'invalid_request';
