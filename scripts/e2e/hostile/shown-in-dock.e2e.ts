/**
 * What OBS and servers call things, shown by the dock in the Chromium that OBS embeds: as text, letter for letter. Nothing of it runs, and
 * nothing becomes an element.
 */

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureDockBuilt } from '../../build/dock.ts';
import { launchChromium, peerOfChromium } from '../../rig/chromium.ts';
import { describePeer } from '../../rig/describe-peer.ts';
import { listen } from '../../rig/listen.ts';
import { recordSession } from '../../rig/record-session.ts';
import { until } from '../../rig/until.ts';
import { DockPage } from '../dock-page-fixture.ts';
import { World } from '../world-fixture.ts';
import { countAs } from './hostile-table-fixture.ts';

/** Each would set this, if it ran. */
const hit = 'streamaiWasHit=1';
const scripts: readonly string[] = [
  `<script>${hit}</script>`,
  `<ScRiPt>${hit}</sCrIpT>`,
  `<script src="data:text/javascript,${hit}"></script>`,
  `<img src=x onerror=${hit}>`,
  `<img/src=x/onerror=${hit}>`,
  `"><img src=x onerror=${hit}>`,
  `'><svg/onload=${hit}>`,
  `<svg><animate onbegin=${hit} attributeName=x dur=1s>`,
  `<body onload=${hit}>`,
  `<iframe srcdoc="<script>parent.${hit}</script>">`,
  `<iframe src="javascript:parent.${hit}">`,
  `<object data="data:text/html,<script>parent.${hit}</script>">`,
  `<embed src="javascript:${hit}">`,
  `<a href="javascript:${hit}" autofocus onfocus=${hit}>x</a>`,
  `<input autofocus onfocus=${hit}>`,
  `<details open ontoggle=${hit}>`,
  `<video><source onerror=${hit}></video>`,
  `<math><mtext><style><img src=x onerror=${hit}></style></mtext></math>`,
  `<noscript><p title="</noscript><img src=x onerror=${hit}>">`,
  `<template><img src=x onerror=${hit}></template>`,
  `<base href="//127.0.0.1:1/">`,
  `<meta http-equiv=refresh content="0;url=javascript:${hit}">`,
  `<link rel=stylesheet href="data:text/css,*{display:none}">`,
  `<style>*{display:none}</style>`,
  `<form action="javascript:${hit}"><button autofocus>`,
  `javascript:${hit}`,
  `{{constructor.constructor('${hit}')()}}`,
  '</div></main></body></html>',
  '<!--',
  '&lt;img src=x onerror=alert(1)&gt;',
];

await describePeer([peerOfChromium.embedded], 'a refusal’s words', () => {
  let browser: Browser;
  let server: Server;
  let world: World;
  let dock: DockPage;
  let words = '';

  beforeAll(async () => {
    await ensureDockBuilt();
    server = createServer(async (request, response) => {
      request.resume();
      if (!request.readableEnded) await once(request, 'end');
      if (request.method === 'GET') response.end('{"status": "healthy"}');
      else response.writeHead(400).end(JSON.stringify({ detail: words }));
    });
    const processingUrl = `http://127.0.0.1:${await listen(server)}`;
    world = await World.start({ obs: 'simulated', processingUrl, env: { VULTR_AUTO_UPLOAD: 'false' } });
    browser = await launchChromium('embedded');
    dock = await DockPage.open(browser, world, 'en-GB');
  });
  afterAll(async () => {
    await browser?.close();
    await world?.dispose();
    server?.close();
    server?.closeAllConnections();
  });
  countAs('processing server');

  test.each(scripts)('%s is text', async (script) => {
    words = script;
    // A card shows its first uploads, and folds the others away.
    const { id: sessionId } = await recordSession(world.agent, 'Shown');
    await world.agent.api.upload({ sessionId });
    const card = dock.card(sessionId);
    await until('the card says it', async () => (await card.innerText()).includes(script), {
      detail: () => card.innerText(),
    });
    const found = await dock.page.evaluate(() => {
      const handlers = [...document.querySelectorAll('main *, body *')].flatMap((element) =>
        element.getAttributeNames().filter((name) => name.startsWith('on')),
      );
      const strangers = 'iframe, object, embed, base, math, template, style, video, form[action], [href^="javascript"]';
      return {
        handlers,
        strangers: [...document.querySelectorAll(strangers)].map((element) => element.outerHTML),
        hit: 'streamaiWasHit' in globalThis,
      };
    });
    expect(found).toEqual({ handlers: [], strangers: [], hit: false });
    // A script that the page's policy had to stop would be told here.
    expect(dock.complaints).toEqual([]);
  });
});
