import { render } from 'preact';
import { App } from './app.tsx';
import { start } from './dock.ts';
import { startSpeaking } from './i18n/language.ts';
import { applyPreferences } from './preferences.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/record.css';
import './styles/sessions.css';
import './styles/settings.css';
import './styles/status.css';

applyPreferences(document.documentElement);
const root = document.getElementById('app');
await startSpeaking();
if (root !== null) render(<App />, root);
start();
