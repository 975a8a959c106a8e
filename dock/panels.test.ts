import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { agentLink, failure } from './agent/store.ts';
import { loadLanguage, t } from './i18n/language.ts';
import { createPanel, openPanel } from './panels.ts';

beforeAll(loadLanguage);

const module = { css: 'a{}', Panel: 'the panel' };
/** Style sheets that the page was given. */
const adopted: string[] = [];
class FakeElement {
  focus = vi.fn();
}
let pressed: FakeElement;
const reload = vi.fn();

beforeEach(() => {
  adopted.length = 0;
  failure.value = null;
  agentLink.value = 'connected';
  pressed = new FakeElement();
  reload.mockClear();
  vi.stubGlobal('location', { reload });
  vi.stubGlobal('HTMLElement', FakeElement);
  vi.stubGlobal('document', { activeElement: pressed, adoptedStyleSheets: [] });
  vi.stubGlobal(
    'CSSStyleSheet',
    class {
      replaceSync = (css: string): void => void adopted.push(css);
    },
  );
});

const said = () => failure.value?.info;
const away = () => ({ code: 'panel_away', ...t.value.panelAway });

describe('a panel', () => {
  test('that is loaded opens at once, also while the agent is away', async () => {
    const panel = createPanel(async () => module);
    await panel.load();
    agentLink.value = 'waiting';
    let opened = false;
    void openPanel(panel, () => {
      opened = true;
    });
    expect(opened).toBe(true);
  });

  test('is fetched once and brings its styles once, however often it is asked for', async () => {
    const fetchModule = vi.fn(async () => module);
    const panel = createPanel(fetchModule);
    await Promise.all([panel.load(), panel.load()]);
    expect(await panel.load()).toBe(true);
    expect(fetchModule).toHaveBeenCalledOnce();
    expect(panel.loaded.value).toBe(module);
    expect(adopted).toEqual(['a{}']);
  });

  test.each(['connecting', 'waiting', 'refused'] as const)(
    'is asked of nobody while the agent is not connected (%s): that is said, and trying again opens it once it is, focus where it was',
    async (link) => {
      const fetchModule = vi.fn(async () => module);
      const panel = createPanel(fetchModule);
      const open = vi.fn();
      agentLink.value = link;
      await openPanel(panel, open);
      await failure.value?.retry?.();
      expect(fetchModule).not.toHaveBeenCalled();
      expect(open).not.toHaveBeenCalled();
      expect(said()).toEqual(away());
      agentLink.value = 'connected';
      pressed.focus.mockClear();
      await failure.value?.retry?.();
      expect(open).toHaveBeenCalledOnce();
      expect(pressed.focus).toHaveBeenCalledOnce();
      expect(failure.value).toBeNull();
      expect(reload).not.toHaveBeenCalled();
    },
  );

  test('that did not come takes the page anew to be tried again, and only from an agent that is connected', async () => {
    const panel = createPanel(async (): Promise<typeof module> => {
      throw new TypeError('Failed to fetch dynamically imported module');
    });
    const open = vi.fn();
    await openPanel(panel, open);
    expect(said()).toEqual(away());
    agentLink.value = 'waiting';
    await failure.value?.retry?.();
    expect(reload).not.toHaveBeenCalled();
    expect(said()).toEqual(away());
    agentLink.value = 'connected';
    await failure.value?.retry?.();
    expect(reload).toHaveBeenCalledOnce();
    expect(open).not.toHaveBeenCalled();
  });
});
