import { useSignalEffect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { agent, agentConnected } from './agent/store.ts';
import { AgentAway } from './components/AgentAway.tsx';
import { AgentBanner } from './components/AgentBanner.tsx';
import { LiveRegions } from './components/LiveRegions.tsx';
import { RecordCard } from './components/RecordCard.tsx';
import { SessionList } from './components/SessionList.tsx';
import { StatusStrip } from './components/StatusStrip.tsx';
import { language } from './i18n/language.ts';
import { type Shortcut, shortcutOf } from './shortcuts.ts';

/** The whole page: a small wait before the agent was ever reached, then everything. */
export function App() {
  useSignalEffect(() => {
    document.documentElement.lang = language.value;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const shortcut = shortcutOf(event, document.activeElement?.tagName ?? '');
      if (shortcut === null || agent.peek() === null) return;
      event.preventDefault();
      run(shortcut);
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);

  if (agent.value === null) {
    return (
      <>
        <AgentAway />
        <LiveRegions />
      </>
    );
  }
  return (
    <>
      <main class="page">
        <RecordCard />
        {agentConnected.value ? null : <AgentBanner />}
        <SessionList />
      </main>
      <StatusStrip />
      <LiveRegions />
    </>
  );
}

function run(shortcut: Shortcut): void {
  if (shortcut === 'name') document.getElementById('session-name')?.focus();
  // The button itself knows whether it may be pressed now.
  else document.getElementById(`${shortcut}-button`)?.click();
}
