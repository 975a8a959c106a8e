import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { failure } from './agent/store.ts';
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

beforeEach(() => {
  adopted.length = 0;
  failure.value = null;
  pressed = new FakeElement();
  vi.stubGlobal('HTMLElement', FakeElement);
  vi.stubGlobal('document', { activeElement: pressed, adoptedStyleSheets: [] });
  vi.stubGlobal(
    'CSSStyleSheet',
    class {
      replaceSync = (css: string): void => void adopted.push(css);
    },
  );
});

describe('a panel', () => {
  test('that is loaded opens at once', async () => {
    const panel = createPanel(async () => module);
    await panel.load();
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
    await panel.load();
    expect(panel.loaded.value).toBe(module);
    expect(adopted).toEqual(['a{}']);
  });

  test('that cannot be loaded does not open, says why, and opens when it is tried again, focus where it was', async () => {
    let answers = false;
    const panel = createPanel(async () => {
      if (!answers) throw new TypeError('Failed to fetch dynamically imported module');
      return module;
    });
    const open = vi.fn();
    await openPanel(panel, open);
    expect(open).not.toHaveBeenCalled();
    expect(failure.value?.info).toEqual({ code: 'panel_away', ...t.value.panelAway });
    answers = true;
    await failure.value?.retry?.();
    expect(pressed.focus).toHaveBeenCalledOnce();
    expect(open).toHaveBeenCalledOnce();
    expect(failure.value).toBeNull();
  });

  test('whose file does not come within ten seconds is given up', async () => {
    vi.useFakeTimers();
    try {
      const panel = createPanel(() => new Promise<typeof module>(() => {}));
      const opening = openPanel(panel, () => {});
      await vi.advanceTimersByTimeAsync(10_000);
      await opening;
      expect(failure.value?.info?.code).toBe('panel_away');
    } finally {
      vi.useRealTimers();
    }
  });
});
