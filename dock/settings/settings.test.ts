import { describe, expect, test } from 'vitest';
import { errorInfo } from '../../shared/errors.ts';
import { defaultSettings, type SettingsChange, settingsChangeSchema } from '../../shared/settings.ts';
import { AgentError } from '../agent/client.ts';
import { createSettingsEditor } from './editor.ts';
import { type Field, fromField, groups, toField } from './fields.ts';

const fields = groups.flatMap((group) => group.fields);
const field = (kind: Field['kind'], nullable = false): Field => ({ name: 'priority', kind, nullable });

describe('a field', () => {
  test.each(fields.filter(({ kind }) => kind !== 'secret'))('$name shows its default and means it', (one) => {
    const value = defaultSettings[one.name];
    expect(fromField(one, toField(one, value))).toBe(value);
  });
  test('is there for every setting but the language, which has its own', () => {
    expect(fields.map(({ name }) => name).sort()).toEqual(
      Object.keys(defaultSettings)
        .filter((name) => name !== 'language')
        .sort(),
    );
  });
  test.each([
    [field('megabits'), '2,5', 2_500_000],
    [field('megabits', true), ' ', null],
    [field('gigabytes'), '0.5', 500_000_000],
    [field('number'), '', undefined],
    [field('number'), 'many', undefined],
    [field('text'), ' a ', 'a'],
    [field('secret'), ' a ', ' a '],
    [field('switch'), false, false],
  ])('%j with %j means %j', (one, shown, meant) => {
    expect(fromField(one, shown)).toBe(meant);
  });
});

function setUp(answer: () => Promise<void> = async () => {}) {
  const changes: SettingsChange[] = [];
  const failures: unknown[] = [];
  const editor = createSettingsEditor({
    change: (change) => {
      changes.push(change);
      return answer();
    },
    onFailure: (info) => failures.push(info),
  });
  return { editor, changes, failures };
}

describe('the editor', () => {
  test('saves what was typed, and only that', async () => {
    const { editor, changes } = setUp();
    editor.type('bandwidthLimit', '20');
    editor.type('obsPassword', null);
    editor.type('autoUpload', false);
    expect(await editor.save()).toBe(true);
    expect(changes).toEqual([{ bandwidthLimit: 20_000_000, obsPassword: null, autoUpload: false }]);
    expect(settingsChangeSchema.safeParse(changes[0]).success).toBe(true);
    expect(editor.dirty.value).toBe(false);
  });

  test('keeps what is typed while it saves', async () => {
    let go = (): void => {};
    const { editor } = setUp(() => new Promise((resolve) => (go = resolve)));
    editor.type('obsHost', 'a');
    const saved = editor.save();
    editor.type('obsHost', 'ab');
    go();
    expect(await saved).toBe(false);
    expect(editor.draft.value).toEqual({ obsHost: 'ab' });
  });

  test('puts the agent’s reason beside its field, and keeps what was typed', async () => {
    const info = errorInfo('invalid_request', { field: 'processingUrl', reason: 'no address' });
    const { editor, failures } = setUp(async () => {
      throw new AgentError(info);
    });
    editor.type('processingUrl', 'x');
    expect(await editor.save()).toBe(false);
    expect(editor.problems.value).toEqual({ processingUrl: info });
    expect(editor.draft.value).toEqual({ processingUrl: 'x' });
    editor.type('processingUrl', 'https://x');
    expect(editor.problems.value).toEqual({});
    expect(failures).toEqual([]);
  });

  test('tells an agent that is away elsewhere', async () => {
    const { editor, failures } = setUp(async () => {
      throw new AgentError(null);
    });
    editor.type('obsHost', 'a');
    expect(await editor.save()).toBe(false);
    expect(failures).toEqual([null]);
  });

  test('does not bother the agent with what is no number', async () => {
    const { editor, changes } = setUp();
    editor.type('priority', 'high');
    expect(await editor.save()).toBe(false);
    expect(changes).toEqual([]);
    expect(editor.problems.value).toEqual({ priority: 'not-number' });
    editor.undo();
    expect(editor.dirty.value).toBe(false);
  });
});
