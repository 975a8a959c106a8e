/**
 * The dock as people use it, on the newest OBS: a recording's whole life, settings and search in both Chromiums, everything by
 * keyboard alone, and OBS killed.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitingStage } from '../../server/stages/waiting-stage-fixture.ts';
import type { Session } from '../../shared/domain.ts';
import { errorTable } from '../../shared/errors.ts';
import { settingsViewSchema } from '../../shared/settings.ts';
import { peerOfChromium } from '../rig/chromium.ts';
import { describePeer } from '../rig/describe-peer.ts';
import { Keyboard } from './dock-keyboard-fixture.ts';
import { type DockPage, openBothDocks } from './dock-page-fixture.ts';
import { World } from './world-fixture.ts';

await describePeer(['obsNewest', peerOfChromium.embedded, peerOfChromium.today], 'using the dock', () => {
  let world: World;
  let embedded: DockPage;
  let today: DockPage;
  /** Recorded before all others, and not uploaded. */
  let earlier: Session;

  beforeAll(async () => {
    world = await World.start({
      obs: 'newest',
      obsOptions: { format: 'hybrid_mp4', kbps: 20_000 },
      receiverOptions: { stages: [waitingStage(200)] },
    });
    earlier = await world.agent.api.start({ sessionName: 'Avant', autoUpload: false });
    await world.written(20_000);
    await world.agent.api.command('stop');
    await recorded(earlier.id);
    ({ embedded, today } = await openBothDocks(world));
  });
  afterAll(() => world?.dispose());

  const recording = (name: string): Promise<Session> =>
    world.agent.live.session('recording', (session) => session.state === 'recording' && session.name === name);
  const recorded = (id: string): Promise<Session> => world.agent.live.recorded(id);
  const settings = async () => settingsViewSchema.parse((await world.agent.api.call('GET', '/api/settings')).body);

  describe.each(['embedded', 'today'] as const)('in %s Chromium', (kind) => {
    const name = `Leçon ${kind}`;
    let dock: DockPage;
    let other: DockPage;
    let session: Session;
    beforeAll(() => {
      [dock, other] = kind === 'embedded' ? [embedded, today] : [today, embedded];
    });

    test('a session is named, recorded, paused, given a chapter that OBS takes, and stopped', async () => {
      await dock.name(name);
      await dock.press('record');
      await dock.phase('recording');
      session = await recording(name);
      // More than sockets hold, so that progress can be seen.
      await world.written(6_000_000);
      await dock.press('pause');
      await dock.phase('paused');
      await dock.press('pause');
      await dock.phase('recording');
      await dock.press('chapter');
      await dock.page.fill('[data-testid="mark-text"]', 'Questions');
      await dock.press('mark-save');
      await dock.page.waitForSelector('[data-testid="mark-form"]', { state: 'detached' });
      // What is uploaded then meets a server that does not want it.
      world.receiver?.plan({ upload: { kind: 'refuse', status: 413, detail: 'At most 1 MB', atOnce: true } });
      await dock.press('record');
      await dock.phase('idle');
      session = await recorded(session.id);
      expect(session).toMatchObject({ name, marks: [{ kind: 'chapter', text: 'Questions', inFile: true }] });
    });

    test('an upload that failed says why and what to do; Retry is shown to its end', async () => {
      const card = dock.card(session.id);
      const note = card.locator('[data-testid="upload"][data-state="failed"] [data-code="destination_too_large"]');
      const { message, fix } = errorTable.destination_too_large[kind === 'embedded' ? 'fr' : 'en'];
      await note.waitFor();
      expect(await note.locator('p').allInnerTexts()).toEqual([message.replace('{detail}', 'At most 1 MB'), fix]);
      world.receiver?.plan({ upload: { kind: 'slow', bytesPerSecond: 3_000_000, times: 1 } });
      const watched = await dock.watchUpload(session.id);
      await card.locator('[data-testid="retry"]').click();
      expect(await dock.taskEnded(session.id)).toMatchObject({ upload: 'completed', task: 'completed_simple' });
      await world.expectArrivedOnce(await world.arrived(session.id));
      const { states, percents } = await watched();
      expect(states.filter((state) => state !== 'queued')).toEqual(['failed', 'uploading', 'completed']);
      expect(percents.length).toBeGreaterThan(2);
      expect(percents).toEqual(percents.toSorted((a, b) => a - b));
    });

    test('settings that are changed are the agent’s, and shown by the other dock', async () => {
      await Promise.all([dock.press('settings'), other.press('settings')]);
      const template = `{date} ${kind}`;
      const model = kind === 'embedded' ? 'small' : 'medium';
      await dock.page.fill('#setting-nameTemplate', template);
      await dock.page.selectOption('#setting-subtitleModel', model);
      await dock.press('settings-save');
      await dock.page.waitForSelector('[data-testid="settings-save"]', { state: 'detached' });
      expect((await settings()).values).toMatchObject({ nameTemplate: template, subtitleModel: model });
      await expect.poll(() => other.page.inputValue('#setting-nameTemplate')).toBe(template);
      expect(await other.page.inputValue('#setting-subtitleModel')).toBe(model);
      await Promise.all([dock.press('settings'), other.press('settings')]);
    });

    test('a search finds the session and hides the others', async () => {
      expect(await dock.sessionsShown()).toEqual(expect.arrayContaining([session.id, earlier.id]));
      await dock.page.fill('[data-testid="search"]', `lecon ${kind}`);
      await expect.poll(() => dock.sessionsShown()).toEqual([session.id]);
      await dock.page.fill('[data-testid="search"]', 'questions absentes');
      await expect.poll(() => dock.sessionsShown()).toEqual([]);
      await dock.page.fill('[data-testid="search"]', '');
      await expect.poll(() => dock.sessionsShown()).toContain(earlier.id);
      expect(dock.complaints).toEqual([]);
    });
  });

  test('everything goes by keyboard alone, and the focus is always seen', async () => {
    const { page } = embedded;
    const keys = new Keyboard(page);
    await page.reload();
    await embedded.phase('idle');

    await keys.press('n');
    await keys.at('#session-name');
    await keys.type('Au clavier');
    await keys.press('Enter');
    await keys.tabTo('[data-testid="auto-upload"]');
    await keys.press('Space');
    await keys.tabTo('[data-testid="subtitle-model"]');
    // A letter chooses here; it is no shortcut.
    await keys.press('l', 'Shift+Tab', 'r');
    await embedded.phase('recording');
    const { id, autoUpload, subtitleModel } = await recording('Au clavier');
    expect({ autoUpload, subtitleModel }).toEqual({ autoUpload: false, subtitleModel: 'large' });
    await world.written(50_000);

    await keys.press('p');
    await embedded.phase('paused');
    await keys.press('p');
    await embedded.phase('recording');
    await keys.press('c');
    await keys.at('[data-testid="mark-text"]');
    expect(await keys.unreachable()).toEqual([]);
    await keys.tabTo('[data-testid="mark-text"]');
    await keys.type('Chapitre');
    await keys.press('Enter');
    await keys.tabTo('[data-testid="note"]');
    await keys.press('Enter');
    await keys.at('[data-testid="mark-text"]');
    await keys.type('À couper');
    await keys.press('Enter');
    // Back where it was asked for.
    await keys.at('[data-testid="note"]');
    await keys.press('?');
    await keys.at('[data-testid="help-close"]');
    await keys.press('r', 'Escape');
    await keys.at('[data-testid="note"]');
    await embedded.phase('recording');
    await keys.press('r');
    await embedded.phase('idle');
    expect((await recorded(id)).marks.map(({ kind, text }) => [kind, text])).toEqual([
      ['chapter', 'Chapitre'],
      ['note', 'À couper'],
    ]);

    const card = `[data-session-id="${id}"]`;
    await keys.tabTo(`${card} [data-testid="details"]`);
    await keys.press('Enter');
    await page.waitForSelector(`#details-${id}`);
    expect(await keys.unreachable()).toEqual([]);
    await keys.tabTo(`#notes-${id}`);
    await keys.type('Écrit sans souris');
    await keys.tabTo(`${card} [data-testid="upload-now"]`);
    await keys.press('Enter');
    expect(await embedded.taskEnded(id)).toMatchObject({ upload: 'completed' });
    expect((await world.agent.api.session(id)).notes).toBe('Écrit sans souris');

    await keys.tabTo('[data-testid="status-destination"]');
    await keys.press('Enter');
    await page.waitForSelector('[data-testid="status-details"]');
    await keys.press('Escape');
    await page.waitForSelector('[data-testid="status-details"]', { state: 'detached' });
    await keys.tabTo('[data-testid="settings"]');
    await keys.press('Enter');
    // Opened, the view takes the focus to its top.
    await page.waitForFunction(() => document.activeElement?.id === 'settings-heading');
    expect(await keys.unreachable()).toEqual([]);
    await keys.tabTo('#setting-priority');
    await keys.press('Control+A');
    await keys.type('7');
    await keys.tabTo('#setting-uploadWhileRecording');
    await keys.press('Space');
    await keys.tabTo('[data-testid="settings-save"]');
    await keys.press('Enter');
    await page.waitForSelector('[data-testid="settings-save"]', { state: 'detached' });
    expect((await settings()).values).toMatchObject({ priority: 7, uploadWhileRecording: false });
    await keys.press('Escape');
    await keys.at('[data-testid="settings"]');

    await keys.press('/');
    await keys.at('[data-testid="search"]');
    await keys.type('sans souris');
    await expect.poll(() => embedded.sessionsShown()).toEqual([id]);
    await keys.press('Escape');
    await expect.poll(() => embedded.sessionsShown()).toContain(earlier.id);
    expect(embedded.complaints).toEqual([]);
  });

  test('OBS killed in mid-recording: both say so, history and uploads go on; OBS back, they record again by themselves', async () => {
    await world.agent.api.nextSession({ autoUpload: true });
    const docks = [embedded, today];
    const onBoth = (action: (dock: DockPage) => Promise<unknown>) => Promise.all(docks.map(action));
    await embedded.name('Coupure');
    await embedded.press('record');
    await onBoth((dock) => dock.phase('recording'));
    const { id } = await recording('Coupure');
    await world.onDisk(500_000);
    await world.obs.kill();
    await onBoth((dock) => dock.phase('unknown'));
    await onBoth(async ({ page }) => {
      expect(await page.getAttribute('[data-testid="record"]', 'aria-disabled')).toBe('true');
      expect(await page.innerText('#record-reason')).not.toBe('');
      await page.click('[data-testid="status-obs"][data-state="waiting"]');
      await page.waitForSelector('[data-testid="status-details"] [data-code="obs_not_connected"]');
      await page.click('[data-testid="status-obs"]');
    });
    await today.card(earlier.id).locator('[data-testid="upload-now"]').click();
    await onBoth((dock) => dock.taskEnded(earlier.id));
    await world.expectArrivedOnce(await world.arrived(earlier.id));
    await today.page.fill('[data-testid="search"]', 'coupure');
    await expect.poll(() => today.sessionsShown()).toEqual([id]);
    await today.page.fill('[data-testid="search"]', '');
    expect(world.obs.running).toBe(false);

    await world.obs.restart();
    await onBoth((dock) => dock.phase('idle'));
    expect(await embedded.taskEnded(id)).toMatchObject({ state: 'interrupted', upload: 'completed' });
    await world.expectArrivedOnce(await world.arrived(id));
    await embedded.name('Reprise');
    await embedded.press('record');
    await onBoth((dock) => dock.phase('recording'));
    const next = await recording('Reprise');
    await world.written(50_000);
    await today.press('record');
    await onBoth((dock) => dock.phase('idle'));
    await onBoth((dock) => dock.taskEnded(next.id));
    await world.expectArrivedOnce(await world.arrived(next.id));
  });
});
