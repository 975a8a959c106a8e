import { render } from 'preact';
import { App } from './app.tsx';
import { start } from './dock.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/record.css';
import './styles/sessions.css';
import './styles/status.css';

const root = document.getElementById('app');
if (root !== null) render(<App />, root);
start();
