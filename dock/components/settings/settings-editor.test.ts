import { describe, expect, test } from 'vitest';
import { errorInfo } from '../../../shared/errors.ts';
import { type SettingsChange, settingsChangeSchema } from '../../../shared/settings.ts';
import { AgentError } from '../../agent/client.ts';
import { createSettingsEditor } from './settings-editor.ts';

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

  test('reports an agent that is away, which belongs to no field', async () => {
    const { editor, failures } = setUp(async () => {
      throw new AgentError(null);
    });
    editor.type('obsHost', 'a');
    expect(await editor.save()).toBe(false);
    expect(failures).toEqual([null]);
  });

  test('sends nothing where a number is none', async () => {
    const { editor, changes } = setUp();
    editor.type('priority', 'high');
    expect(await editor.save()).toBe(false);
    expect(changes).toEqual([]);
    expect(editor.problems.value).toEqual({ priority: 'not-number' });
    editor.undo();
    expect(editor.dirty.value).toBe(false);
  });
});
