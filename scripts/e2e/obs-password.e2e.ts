/** Passwords that OBS's files have to escape, read back from the files of a real OBS: as written for it, and as it writes them. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { discoverWebsocket } from '../../agent/obs/discovery.ts';
import { describePeer } from '../rig/describe-peer.ts';
import { startObs } from '../rig/obs.ts';
import type { ObsKind } from '../rig/obs-types.ts';
import { peersOfObs } from '../rig/peers.ts';

const password = '  C:\\new\\recordings "pä#ss; =[ok]\\  ';

for (const kind of ['system', 'newest'] as const satisfies ObsKind[]) {
  await describePeer(peersOfObs[kind], `a password with backslashes and blanks, ${kind} OBS`, () => {
    test('is found as OBS takes it, before and after OBS wrote its file itself', async ({ onTestFinished }) => {
      const recordingsDir = await mkdtemp(path.join(os.tmpdir(), 'streamai-password-'));
      onTestFinished(() => rm(recordingsDir, { recursive: true, force: true }));
      // Resolves once OBS has taken this very password.
      const obs = await startObs(kind, { recordingsDir, password });
      onTestFinished(() => obs.dispose());
      expect(await discoverWebsocket([obs.configDir])).toMatchObject({ port: obs.port, password });
      await obs.stop();
      expect(await discoverWebsocket([obs.configDir])).toMatchObject({ port: obs.port, password });
    });
  });
}
