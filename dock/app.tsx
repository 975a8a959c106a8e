import { useSignalEffect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { agent, agentConnected } from './agent/store.ts';
import { Announcements } from './components/base/Announcements.tsx';
import { RecordCard } from './components/record/RecordCard.tsx';
import { SessionList } from './components/sessions/SessionList.tsx';
import { AgentAway } from './components/status/AgentAway.tsx';
import { AgentBanner } from './components/status/AgentBanner.tsx';
import { StatusStrip } from './components/status/StatusStrip.tsx';
import { language } from './i18n/language.ts';
import { helpPanel, openHelp, settingsPanel } from './panels.ts';
import { type Shortcut, shortcutOf } from './shortcuts.ts';
import { closeSettings, helpOpen, view } from './view.ts';

/** The whole page. Before the agent has sent its first snapshot it only says that it waits for the agent. */
export function App() {
  useSignalEffect(() => {
    document.documentElement.lang = language.value;
  });
  useEffect(() => {
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);

  if (agent.value === null) {
    return (
      <>
        <AgentAway />
        <Announcements />
      </>
    );
  }
  const Help = helpPanel.loaded.value?.HelpSheet;
  const Settings = settingsPanel.loaded.value?.SettingsView;
  return (
    <>
      <main class="page wide">
        <RecordCard />
        {agentConnected.value ? null : <AgentBanner />}
        {view.value === 'settings' && Settings ? <Settings /> : <SessionList />}
      </main>
      <StatusStrip />
      {Help ? <Help /> : null}
      <Announcements />
    </>
  );
}

function onKeyDown(event: KeyboardEvent): void {
  if (agent.peek() === null || event.defaultPrevented) return;
  if (event.key === 'Escape' && view.peek() === 'settings' && !helpOpen.peek()) {
    closeSettings();
    return;
  }
  const focused = document.activeElement;
  const shortcut = shortcutOf(event, focused?.tagName ?? '', focused instanceof HTMLInputElement ? focused.type : '');
  // While the help is open, shortcuts must not act on the page behind it.
  if (shortcut === null || helpOpen.peek()) return;
  event.preventDefault();
  runShortcut(shortcut);
}

function runShortcut(shortcut: Shortcut): void {
  if (shortcut === 'help') void openHelp();
  else if (shortcut === 'search') {
    closeSettings();
    // The search field is drawn once the view has changed.
    requestAnimationFrame(() => document.getElementById('search-field')?.focus());
  } else if (shortcut === 'name') document.getElementById('session-name')?.focus();
  // A click, because the button knows whether it may be pressed now.
  else document.getElementById(`${shortcut}-button`)?.click();
}
