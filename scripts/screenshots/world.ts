/** The built dock with an agent and an OBS that say what a scene wants: every state of the page, at once and without waiting. */

import { Access } from '../../agent/http/access.ts';
import type { Call } from '../../agent/http/agent-fixture.ts';
import { startServer } from '../../agent/http/server.ts';
import type { LiveEvents } from '../../agent/live-events.ts';
import { createLog } from '../../agent/log.ts';
import type { Language } from '../../shared/errors.ts';
import { dockDist } from '../build/dock.ts';
import { bytesPerSecond, freeBytesOf, type Scene, snapshotOf } from './scene.ts';
import { type ScriptedObs, startScriptedObs } from './scripted-obs.ts';
import { servicesOf } from './services.ts';

export interface SceneWorld {
  readonly url: string;
  /** Announces what happens next. */
  readonly live: LiveEvents;
  readonly obs: ScriptedObs;
  /** What was asked of the agent that would have changed something, oldest first. */
  readonly calls: readonly Call[];
  closeAgent(): Promise<void>;
  close(): Promise<void>;
}

const token = 'screenshots-0123456789-0123456789-0123456789';

/**
 * Sets a scene. The dock must have been built.
 * @param language in which its person writes
 * @param thumbnails of the sessions in turn, JPEG
 */
export async function startWorld(
  scene: Scene,
  language: Language,
  thumbnails: readonly Uint8Array<ArrayBuffer>[],
): Promise<SceneWorld> {
  const durationMs = scene.sessions[0]?.durationMs ?? 0;
  const obs = await startScriptedObs({
    recording: scene.recording ? { ...scene.recording, durationMs, bytesPerSecond } : null,
    freeBytes: freeBytesOf(scene),
    startRefused: scene.startRefused,
  });
  if (scene.obs === 'away') await obs.crash();
  const password = scene.obs === 'refused' ? 'another' : obs.password;
  const access = new Access(token);
  const calls: Call[] = [];
  const services = servicesOf({
    snapshot: snapshotOf(scene, `127.0.0.1:${obs.port}`),
    obs: { url: `ws://127.0.0.1:${obs.port}`, password },
    language,
    thumbnails,
    note: (call) => void calls.push(call),
    onNewToken: (next) => access.renew(next),
  });
  const server = await startServer({
    services,
    host: '127.0.0.1',
    port: 0,
    access,
    dockDir: dockDist,
    devOrigin: null,
    log: createLog({ level: 'silent' }),
    liveLimits: scene.deaf ? { clients: 0 } : {},
  });
  let agentIsOpen = true;
  const closeAgent = async (): Promise<void> => {
    if (!agentIsOpen) return;
    agentIsOpen = false;
    await server.close();
  };
  return {
    url: `${server.url}/#token=${scene.strange ? `${token}-` : token}`,
    live: services.live,
    obs,
    calls,
    closeAgent,
    async close() {
      await closeAgent();
      await obs.crash();
    },
  };
}
