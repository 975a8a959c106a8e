/** Every state of the dock that a person can see: for screenshots, and for what must hold in each of them. */
import type { Session } from '../../shared/domain.ts';
import { errorInfo } from '../../shared/errors.ts';
import { requestStatus } from '../rig/simulated-obs/protocol.ts';
import { inTurn, on, pass, phase, pictured, press, type Reach, shown, speeds } from './reach.ts';
import { embeddedOnly, objectStorage, processing, type Scene } from './scene.ts';
import * as sessions from './sessions.ts';

export interface DockState {
  /** For file names. */
  readonly name: string;
  readonly scene: Scene;
  readonly reach: Reach;
}

const past = [sessions.transcribing, sessions.completed];
const recording: Scene = { sessions: [sessions.onAir, ...past], recording: { paused: false } };
/** OBS's rate is known after two readings. */
const diskKnown = inTurn(phase('recording'), pass(10_000), shown(on('disk-left')));

const state = (name: string, scene: Scene, reach: Reach): DockState => ({ name, scene, reach });

/** Ready to record, the given sessions above others. */
const listed = (name: string, first: readonly Session[], ...ways: readonly Reach[]): DockState =>
  state(name, { sessions: [...first, ...past] }, inTurn(phase('idle'), ...ways));

const firstRun: readonly DockState[] = [
  state('first-run', { sessions: [] }, shown('[data-testid="first-run"][data-ready="true"]')),
  state(
    'first-run-embedded',
    { sessions: [], destinations: embeddedOnly },
    shown('[data-testid="first-run"][data-ready="true"]'),
  ),
  state('first-run-obs-away', { sessions: [], obs: 'away' }, shown('[data-check="obsFound"][data-shape="bad"]')),
  state(
    'first-run-obs-refuses',
    {
      sessions: [],
      obs: 'refused',
      destinations: [
        { ...processing, reachable: false, problem: errorInfo('destination_auth', { status: 401, detail: '' }) },
      ],
    },
    shown('[data-check="passwordOk"][data-shape="bad"]'),
  ),
];

const recordCard: readonly DockState[] = [
  listed('idle', [sessions.split]),
  state(
    'idle-own-fields',
    {
      sessions: past,
      nextSession: { fields: { client: 'Jules Ferry School', project: '' }, suggestedName: 'Jules Ferry School T3' },
    },
    inTurn(phase('idle'), shown('.own-fields input')),
  ),
  listed('name-refused', [], async (page) => {
    await page.fill(on('session-name'), 'Cours 3/4 : révisions');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#session-name-error');
  }),
  listed('starting', [], press('record'), phase('starting')),
  state(
    'start-refused',
    { sessions: past, startRefused: requestStatus.requestProcessingFailed },
    inTurn(phase('idle'), press('record'), shown('[role="alert"] [data-code], [role="alert"][data-code]')),
  ),
  listed('not-confirmed', [], async (page, world) => {
    const asked = world.obs.heard('StartRecord');
    await page.click(on('record'));
    await asked;
    await page.clock.runFor(5000);
    await page.waitForSelector('[data-code="obs_not_confirmed"]');
  }),
  state('recording', recording, diskKnown),
  state('recording-disk-low', { ...recording, diskLeftMs: 9.4 * 60_000 }, diskKnown),
  state('recording-chapter', recording, inTurn(diskKnown, press('chapter'), shown(on('mark-form')))),
  state('pause-unavailable', { ...recording, sharesEncoder: true }, diskKnown),
  state('paused', { sessions: [sessions.onAirPaused, ...past], recording: { paused: true } }, phase('paused')),
  state(
    'following',
    { sessions: [sessions.onAirFollowed, ...past], recording: { paused: false } },
    inTurn(diskKnown, speeds(sessions.onAirFollowed)),
  ),
  state(
    'discard-asked',
    { sessions: [sessions.onAirFollowed, ...past], recording: { paused: false } },
    inTurn(diskKnown, press('details', 'discard'), shown(on('discard-yes'))),
  ),
  listed('finalising', [sessions.finalising]),
];

const history: readonly DockState[] = [
  listed('uploading', [sessions.uploading], speeds(sessions.uploading)),
  listed('waiting', [sessions.waiting]),
  listed('held', sessions.held),
  listed('failed', [sessions.failed]),
  listed('failed-details', [sessions.failed], press('details'), shown(on('session-details'))),
  listed('task-failed', sessions.taskFailed),
  state(
    'completed-details',
    { sessions: [sessions.completed, sessions.interrupted] },
    inTurn(phase('idle'), press('details'), shown(on('session-details'))),
  ),
  state(
    'completed-shared',
    { sessions: [sessions.completed] },
    inTurn(phase('idle'), press('details', 'export', 'verify', 'link'), shown(on('download')), async (page) => {
      await page.waitForFunction(() => document.querySelectorAll('.copyable').length === 2);
    }),
  ),
  listed('mark-refused', [sessions.failed], press('details', 'mark-edit'), async (page) => {
    await page.fill(on('mark-at'), '4 min');
    await page.click(on('mark-save'));
    await page.waitForSelector('[data-code="mark_time"]');
  }),
  listed('forget-asked', [sessions.failed], press('details', 'forget'), shown(on('forget-yes'))),
  listed('interrupted', [sessions.interrupted, sessions.missing]),
  listed('asked-about', [sessions.askedAbout]),
  state(
    'asked-about-on-air',
    {
      ...recording,
      sessions: [{ ...sessions.onAir, notices: sessions.askedAbout.notices.slice(1) }, ...past],
    },
    diskKnown,
  ),
  listed('left-alone', [sessions.leftAlone]),
  state(
    'proven-by-parts',
    { sessions: [sessions.provenByParts] },
    inTurn(phase('idle'), press('details'), shown(on('proven-by-parts'))),
  ),
  listed('put-away', sessions.putAway),
  listed('search', [sessions.failed], async (page) => {
    await page.fill(on('search'), '10');
    await page.clock.runFor(300);
    await page.waitForSelector('[data-session-id="failed"]', { state: 'detached' });
  }),
  listed('nothing-found', [], async (page) => {
    await page.fill(on('search'), 'Concert');
    await page.clock.runFor(300);
    await page.waitForSelector('[data-session-id="completed"]', { state: 'detached' });
  }),
  listed('compact', [sessions.uploading, sessions.failed], press('settings'), async (page) => {
    await page.selectOption(on('density'), 'compact');
    await page.click(on('settings'));
  }),
];

const settings: readonly DockState[] = [
  state(
    'settings',
    {
      sessions: past,
      fixed: ['processingUrl', 'subtitleModel', 'recordingsDir'],
      settings: { recordingsDir: '/home/camille/Videos/OBS', nameTemplate: '{client} T{take}' },
      nextSession: { fields: { client: 'Jules Ferry School' }, suggestedName: 'Jules Ferry School T3' },
    },
    inTurn(phase('idle'), press('settings'), shown('[data-setting="nameTemplate"]')),
  ),
  listed('settings-unsaved', [], press('settings'), async (page) => {
    await page.fill('#setting-nameTemplate', '{client} – {project} T{take}');
    await page.fill('#setting-bandwidthLimit', '20 MB');
    await page.click(on('settings-save'));
    await page.waitForSelector('#setting-bandwidthLimit-error');
    await page.click(on('orphans'));
    await page.waitForSelector(on('orphan'));
  }),
  listed('settings-refused', [], press('settings', 'test-processing'), shown(on('tested-processing')), async (page) => {
    await page.click(on('test-object-storage'));
    await page.waitForSelector('[data-code="storage_denied"]');
    await page.fill('#setting-processingUrl', 'subtitles.example.com');
    await page.click(on('settings-save'));
    await page.waitForSelector('#setting-processingUrl-error');
  }),
  listed('settings-orphans', [], press('settings', 'orphans'), async (page) => {
    await page.click(`${on('orphan')}[data-young="true"] ${on('orphan-abort')}`);
    await page.click(on('orphan-abort-yes'));
    // The second question.
    await page.waitForSelector(`${on('orphan-abort-no')}:focus`);
  }),
  listed('settings-doctor', [], press('settings', 'doctor'), shown(on('doctor-check'))),
  listed('settings-token-asked', [], press('settings', 'new-token'), shown(on('new-token-yes'))),
  listed(
    'settings-token-new',
    [],
    press('settings', 'new-token', 'new-token-yes'),
    shown('.copyable'),
    shown('[data-testid="status-agent"][data-state="connected"]'),
  ),
  listed('settings-away', [], async (page, { closeAgent }) => {
    await closeAgent();
    await page.waitForSelector(on('agent-banner'));
    await page.click(on('settings'));
    await page.waitForSelector(on('settings-view'));
  }),
  state(
    'settings-not-loaded',
    { sessions: past, panels: 'lost' },
    inTurn(phase('idle'), press('settings'), shown(on('failure-retry'))),
  ),
  listed('help', [], async (page) => {
    await page.keyboard.press('?');
    await page.waitForSelector('[data-testid="help-sheet"][open]');
  }),
];

const connections: readonly DockState[] = [
  listed('destination-details', [], press('status-destination'), shown(on('status-details'))),
  state(
    'destination-unreachable',
    {
      sessions: past,
      destinations: [
        { ...processing, reachable: false, problem: errorInfo('destination_unreachable', { reason: 'ECONNREFUSED' }) },
        objectStorage,
      ],
    },
    inTurn(phase('idle'), press('status-destination'), shown(on('status-details'))),
  ),
  state('agent-never-there', { sessions: [], deaf: true }, shown(on('agent-away'))),
  state('agent-refuses', { sessions: [], strange: true }, shown('[data-testid="agent-away"] [data-code]')),
  listed('agent-away', [sessions.uploading], pictured, async (page, { closeAgent }) => {
    await closeAgent();
    await page.click('[data-testid="status-agent"][data-state="waiting"]');
    await page.waitForSelector(on('agent-banner'));
  }),
  state(
    'obs-away',
    { sessions: [sessions.uploading, ...past], obs: 'away' },
    inTurn(shown('[data-testid="status-obs"][data-state="waiting"]'), press('status-obs'), shown(on('status-details'))),
  ),
  listed('action-failed', [], press('details', 'open-folder'), shown('.failure')),
];

export const dockStates: readonly DockState[] = [...firstRun, ...recordCard, ...history, ...settings, ...connections];
