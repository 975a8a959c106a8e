import { render } from 'preact';
import { App } from './app.tsx';
import { start } from './dock.ts';
import { loadLanguage } from './i18n/language.ts';
import { prefetchPanels } from './panels.ts';
import { applyLook } from './preferences.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/record.css';
import './styles/sessions.css';
import './styles/status.css';

applyLook(document.documentElement);
const root = document.getElementById('app');
// Not with a top-level `await`: the panels' files import from this one, which would not be done then.
void loadLanguage().then(() => {
  if (root !== null) render(<App />, root);
  start();
  prefetchPanels();
});
