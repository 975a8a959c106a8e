/** The waiting page: one file with nothing outside it but what the agent writes beside it. */
import { createHash } from 'node:crypto';
import type { Language } from '../../shared/errors.ts';
import { createWatch, waitForAgent } from './page-script.ts';
import { waitingWords } from './words.ts';

export interface WaitingPage {
  /** Name of the file beside it that the agent writes. */
  readonly aliveFile: string;
  readonly logFile: string;
  readonly platform: NodeJS.Platform;
}

/** The page's whole text. The same for the same options, so that it is written only when it has changed. */
export function waitingPage(page: WaitingPage): string {
  const script = `'use strict';(${waitForAgent.toString()})(${JSON.stringify(page.aliveFile)},${createWatch.toString()});`;
  const policy = [
    "default-src 'none'",
    `style-src ${hash(style)}`,
    // 'self': the file beside this one.
    `script-src 'self' ${hash(script)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark light">
<title>StreamAI</title>
<style>${style}</style>
</head>
<body>
${section('en', page)}
${section('fr', page)}
<script>${script}</script>
</body>
</html>
`;
}

/** One language's part, hidden until the script knows which one is wanted. */
function section(language: Language, { logFile, platform }: WaitingPage): string {
  const words = waitingWords[language];
  const states = Object.entries(words.states).map(([state, text]) => `data-${state}="${escaped(text)}"`);
  const start = platform === 'win32' ? words.startWindows : words.start;
  return `<main lang="${language}" data-state="looking" ${states.join(' ')} hidden>
<section>
<h1>StreamAI</h1>
<p role="status">${escaped(words.states.looking)}</p>
</section>
<section class="help">
<h2>${escaped(words.heading)}</h2>
<ul>
<li>${withCode(start)}</li>
<li>${withCode(words.doctor)} <code>${escaped(logFile)}</code></li>
<li>${withCode(words.meanwhile)}</li>
</ul>
<button type="button">${escaped(words.reload)}</button>
</section>
</main>`;
}

const withCode = (text: string): string => escaped(text).replace(/\{([^{}]*)\}/g, '<code>$1</code>');

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => escapes[sign] ?? sign);

/** As a Content-Security-Policy names an inline script or style. */
const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** OBS's default theme, with the dock's values (dock/styles/tokens.css). */
const style = `
:root { color-scheme: dark; --window: #1d1f26; --panel: #272a33; --input: #3c404d; --border: #5b6273; --hover: #464b59;
  --text: #fff; --muted: #a6a8ad; --warning: #eabc48; --ok: #59d966; --focus: #718cdc }
@media (prefers-color-scheme: light) {
  :root { color-scheme: light; --window: #d3d3d3; --panel: #e5e5e5; --input: #fefefe; --border: #8c8c8c; --hover: #f5f5f5;
    --text: #0a0a0a; --muted: #4a4a4a; --warning: #6e520d; --ok: #17641e; --focus: #284cb8 }
}
* { box-sizing: border-box; margin: 0; padding: 0 }
html { background: var(--window); color: var(--text); font: 10pt/1.35 system-ui, "Open Sans", sans-serif; overflow-wrap: anywhere }
[hidden] { display: none }
main { display: flex; flex-direction: column; gap: 8px; max-width: 640px; margin: 0 auto; padding: 6px }
section { display: flex; flex-direction: column; gap: 6px; padding: 8px; border-radius: 4px; background: var(--panel) }
h1, h2 { font-size: inherit; font-weight: 600 }
[data-state="away"] [role="status"], [data-state="silent"] [role="status"] { color: var(--warning) }
[data-state="opening"] [role="status"] { color: var(--ok) }
[data-state="looking"] .help, [data-state="opening"] .help { visibility: hidden }
ul { display: flex; flex-direction: column; gap: 6px; padding-left: 16px }
li { color: var(--muted) }
code { color: var(--text); font-family: ui-monospace, monospace; user-select: all }
button { align-self: flex-start; min-height: 28px; padding: 0 8px; border: 1px solid var(--border); border-radius: 4px;
  background: var(--input); color: var(--text); font: inherit }
button:hover { background: var(--hover) }
button:focus-visible { outline: 2px solid var(--focus); outline-offset: 1px }
`;
