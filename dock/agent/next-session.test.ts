import { signal } from '@preact/signals';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { NextSessionChange, SessionChange } from '../../shared/api.ts';
import type { NextSession, Session } from '../../shared/domain.ts';
import { type ErrorInfo, errorInfo } from '../../shared/errors.ts';
import { AgentError } from './client.ts';
import { createNextSessionEditor, typingPauseMs } from './next-session.ts';

const initial: NextSession = {
  name: null,
  suggestedName: '2026-11-22 19-43-05',
  fields: {},
  autoUpload: true,
  subtitleModel: 'base',
  priority: 1,
};

const recorded = { id: 's1', name: 'Concert', autoUpload: false, subtitleModel: 'small', priority: 3 } as Session;

/** An editor, and an agent that answers as the test says. */
function setUp(answer: (change: NextSessionChange | SessionChange) => Promise<void> = async () => {}) {
  const next = signal<NextSession | null>(initial);
  const connected = signal(true);
  const active = signal<Session | null>(null);
  const calls: (NextSessionChange | SessionChange)[] = [];
  const failures: (ErrorInfo | null)[] = [];
  const editor = createNextSessionEditor({
    client: {
      changeNextSession: (change) => {
        calls.push(change);
        return answer(change);
      },
      changeSession: (id, change) => {
        calls.push({ ...change, notes: `of ${id}` });
        return answer(change);
      },
    },
    active,
    onActiveChanged: (_, change) => {
      if (active.value !== null) active.value = { ...active.value, ...change };
    },
    next,
    connected,
    onNextChanged: (change) => {
      if (next.value !== null) next.value = { ...next.value, ...change };
    },
    onFailure: (info) => failures.push(info),
  });
  /** The agent has another next session: another dock changed it, or the agent itself. */
  const changeElsewhere = (change: Partial<NextSession>): void => {
    next.value = { ...initial, ...change };
  };
  return { editor, next, active, connected, calls, failures, changeElsewhere };
}
const refuse = (info: ErrorInfo | null) => async () => {
  throw new AgentError(info);
};
const pauseTyping = () => vi.advanceTimersByTimeAsync(typingPauseMs);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the typed name', () => {
  test('is sent once the typing pauses, and only as it stands then', async () => {
    const { editor, calls } = setUp();
    editor.focus();
    editor.type('M');
    editor.type('My talk');
    expect(calls).toEqual([]);
    await pauseTyping();
    expect(calls).toEqual([{ name: 'My talk' }]);
  });

  test('is sent by one call at a time, the newest text last', async () => {
    const answers: (() => void)[] = [];
    const { editor, calls, next } = setUp(() => new Promise((resolve) => answers.push(resolve)));
    editor.focus();
    for (const text of ['M', 'My', 'My talk']) {
      editor.type(text);
      await pauseTyping();
    }
    expect(calls).toEqual([{ name: 'M' }]);
    answers[0]?.();
    await pauseTyping();
    expect(calls).toEqual([{ name: 'M' }, { name: 'My talk' }]);
    answers[1]?.();
    await pauseTyping();
    expect(next.value?.name).toBe('My talk');
    expect(calls).toHaveLength(2);
  });

  test('is sent at once when the field is left', async () => {
    const { editor, calls, next } = setUp();
    editor.focus();
    editor.type('My talk');
    editor.blur();
    await vi.advanceTimersByTimeAsync(0);
    expect(calls).toEqual([{ name: 'My talk' }]);
    expect(next.value?.name).toBe('My talk');
    expect(editor.name.value).toBe('My talk');
  });

  test('that is emptied lets the template name the session again', async () => {
    const { editor, calls } = setUp();
    editor.type('  ');
    await pauseTyping();
    expect(calls).toEqual([{ name: null }]);
  });

  test('is not overwritten while the field has focus, but is afterwards', () => {
    const { editor, changeElsewhere, calls } = setUp();
    editor.focus();
    changeElsewhere({ name: 'from another dock' });
    expect(editor.name.value).toBe('');
    editor.blur();
    expect(editor.name.value).toBe('from another dock');
    expect(calls).toEqual([]);
  });

  test('that the agent refuses stays in the field with the reason', async () => {
    const refusal = errorInfo('session_name_reserved', { found: 'CON' });
    const { editor } = setUp(refuse(refusal));
    editor.focus();
    editor.type('CON');
    editor.blur();
    await pauseTyping();
    expect(editor.problem.value).toEqual(refusal);
    expect(editor.name.value).toBe('CON');
    editor.type('CONCERT');
    expect(editor.problem.value).toBeNull();
  });

  test('waits for the agent where it is away', async () => {
    const { editor, connected, calls } = setUp();
    connected.value = false;
    editor.type('My talk');
    editor.blur();
    await pauseTyping();
    expect(calls).toEqual([]);
    expect(editor.name.value).toBe('My talk');
    connected.value = true;
    expect(calls).toEqual([{ name: 'My talk' }]);
  });

  test('stays as it is when an older one is accepted', async () => {
    const gates: (() => void)[] = [];
    const { editor } = setUp(() => new Promise((resolve) => gates.push(resolve)));
    editor.focus();
    editor.type('one');
    await pauseTyping();
    editor.type('two');
    gates[0]?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(editor.name.value).toBe('two');
    await pauseTyping();
    expect(gates).toHaveLength(2);
  });
});

describe('before a start', () => {
  test('the agent is told, with a name that it has not accepted yet', async () => {
    const { editor, calls } = setUp();
    editor.type('My talk');
    expect(await editor.prepareStart()).toBe(true);
    await pauseTyping();
    expect(calls).toEqual([{ name: 'My talk', starting: 'dock' }]);
  });

  test('a name that the agent has is not sent again', async () => {
    const { editor, calls } = setUp();
    editor.type('My talk');
    await pauseTyping();
    await editor.prepareStart();
    expect(calls.at(-1)).toEqual({ starting: 'dock' });
  });

  const table: [string, ErrorInfo | null, boolean][] = [
    ['a refused name stops the start', errorInfo('session_name_invalid', { found: '/' }), false],
    ['an agent that is gone does not', null, true],
    ['an error of the agent does not', errorInfo('internal'), true],
    ['a token that is no longer valid does not', errorInfo('unauthorized'), true],
  ];
  test.each(table)('%s', async (_, info, starts) => {
    const { editor } = setUp(refuse(info));
    editor.type('a/b');
    expect(await editor.prepareStart()).toBe(starts);
    expect(editor.problem.value).toEqual(starts ? null : info);
  });

  test('an agent that is known to be away is not asked', async () => {
    const { editor, connected, calls } = setUp();
    connected.value = false;
    expect(await editor.prepareStart()).toBe(true);
    expect(calls).toEqual([]);
  });
});

describe('a choice', () => {
  test('shows at once, and stays when it is accepted', async () => {
    const { editor } = setUp();
    const done = editor.choose({ priority: 7 });
    expect(editor.shown.value?.priority).toBe(7);
    await done;
    expect(editor.shown.value?.priority).toBe(7);
  });

  test('goes back, with the reason, when it is refused', async () => {
    const { editor, failures } = setUp(refuse(errorInfo('internal')));
    await editor.choose({ autoUpload: false });
    expect(editor.shown.value?.autoUpload).toBe(true);
    expect(failures.map((info) => info?.code)).toEqual(['internal']);
  });
});

describe('while a session is being recorded', () => {
  test('its own name and choices are shown and changed', async () => {
    const { editor, active, calls } = setUp();
    active.value = recorded;
    expect(editor.name.value).toBe('Concert');
    expect(editor.shown.value).toMatchObject({ autoUpload: false, subtitleModel: 'small', priority: 3 });
    editor.focus();
    editor.type('Concert in B');
    editor.blur();
    await editor.choose({ priority: 9 });
    expect(calls).toEqual([
      { name: 'Concert in B', notes: 'of s1' },
      { priority: 9, notes: 'of s1' },
    ]);
    expect(editor.name.value).toBe('Concert in B');
    expect(editor.shown.value?.priority).toBe(9);
  });

  test('a name that is still being typed when a hotkey starts it becomes its name', async () => {
    const { editor, active, calls } = setUp();
    editor.focus();
    editor.type('Just in time');
    active.value = recorded;
    await pauseTyping();
    expect(calls).toEqual([{ name: 'Just in time', notes: 'of s1' }]);
  });

  test('an emptied name is not sent: the session keeps its own', async () => {
    const { editor, active, calls } = setUp();
    active.value = recorded;
    editor.focus();
    editor.type(' ');
    editor.blur();
    await pauseTyping();
    expect(calls).toEqual([]);
    expect(editor.name.value).toBe('Concert');
  });
});
