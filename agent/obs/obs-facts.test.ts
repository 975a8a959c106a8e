import { expect, onTestFinished, test, vi } from 'vitest';
import { defaultSettings } from '../../shared/settings.ts';
import { LiveEvents } from '../live-events.ts';
import { createLog } from '../log.ts';
import { ObsFacts } from './obs-facts.ts';
import { ObsFixture } from './obs-fixture.ts';

async function started(
  outputMode: 'Simple' | 'Advanced',
  profile: Record<string, string>,
  { foreignFolder = null, isRemote = false }: { foreignFolder?: string | null; isRemote?: boolean } = {},
): Promise<ObsFacts> {
  const fixture = await ObsFixture.start({ outputMode, split: true, misbehave: { foreignFolder } });
  for (const [name, value] of Object.entries(profile)) {
    const [category = '', parameter = ''] = name.split('/');
    await fixture.setProfile(category, parameter, value);
  }
  const { connection } = await fixture.connected();
  const facts = new ObsFacts({
    obs: connection,
    live: new LiveEvents(Date.now, (announce) => announce()),
    log: createLog({ level: 'silent' }),
    settings: () => defaultSettings,
    isRecording: () => false,
    isObsRemote: () => isRemote,
  });
  onTestFinished(() => facts.close());
  return facts;
}

test.each([
  ['Simple', 'Lossless', { 'SimpleOutput/RecQuality': 'Lossless' }, 'ffmpeg_output_limited', 'ffmpeg_output_limited'],
  ['Advanced', 'custom output', { 'AdvOut/RecType': 'FFmpeg' }, 'ffmpeg_output_limited', 'ffmpeg_output_limited'],
  ['Simple', 'the stream’s encoder', { 'SimpleOutput/RecQuality': 'Stream' }, 'pause_unavailable', 'split_unavailable'],
  ['Advanced', 'an encoder of its own', { 'AdvOut/RecEncoder': 'obs_x264' }, undefined, undefined],
] as const)('why OBS cannot pause or split is said: %s mode, %s', async (mode, _, profile, pause, split) => {
  const facts = await started(mode, profile);
  // Nothing is blamed before it is known.
  expect(facts.status()).toMatchObject({ pauseProblem: null, splitProblem: null });
  await facts.refresh();
  const { canPause, canSplit, pauseProblem, splitProblem } = facts.status();
  expect([pauseProblem?.code, splitProblem?.code]).toEqual([pause, split]);
  expect([canPause, canSplit]).toEqual([pauseProblem === null, splitProblem === null]);
});

test.each([
  ['of Windows', 'D:/Rec', false, 'obs_folder_not_reachable'],
  ['that is not there, on another machine', '/mnt/obs/videos', true, 'obs_folder_not_reachable'],
  // OBS makes it by itself.
  ['that is not there yet, on this machine', '/mnt/obs/videos', false, undefined],
  ['that is here', null, true, undefined],
])('OBS’s folder %s', async (_, foreignFolder, isRemote, code) => {
  const facts = await started('Advanced', {}, { foreignFolder, isRemote });
  await facts.refresh();
  await vi.waitFor(() => expect(facts.status().problem?.code).toBe(code));
});
