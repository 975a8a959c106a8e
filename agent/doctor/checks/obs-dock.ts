/** StreamAI's dock in OBS: there, once, in the file that this OBS reads, with the right address. */
import path from 'node:path';
import { urlHost } from '../../config/agent-address.ts';
import { runningAddress } from '../../config/running-agent.ts';
import { readToken } from '../../config/token.ts';
import { waitingDock } from '../../obs/setup/dock-address.ts';
import { dockUuid, parseDocks } from '../../obs/setup/dock-list.ts';
import { readIfThere } from '../../obs/setup/files.ts';
import { iniValues } from '../../obs/setup/ini-text.ts';
import type { FoundObs } from '../../obs/setup/installations.ts';
import { possibleFiles, targetsOf } from '../../obs/setup/targets.ts';
import { knownPlace } from '../../waiting-page/place.ts';
import { type Checks, fault, faultOf, orNull, warning } from '../check.ts';
import type { Facts } from '../facts.ts';
import { isObsElsewhere } from './obs-found.ts';

export const obsDockChecks = {
  async obs_browser(facts) {
    const ours = await facts.ourObs();
    if (ours === null || (await isObsElsewhere(facts))) return null;
    const missing = (await facts.world.missingPlugins(ours)).filter(({ code }) => code === 'setup_no_docks');
    if (missing.length > 0) return missing.map((info) => ({ state: 'fault', info }) as const);
    const { platform, env } = facts.world.source;
    const isWayland = platform === 'linux' && (env.XDG_SESSION_TYPE === 'wayland' || Boolean(env.WAYLAND_DISPLAY));
    return isWayland ? [warning('doctor_wayland')] : [];
  },

  async obs_dock(facts) {
    const ours = await facts.ourObs();
    if (ours === null || ours.version === null || (await isObsElsewhere(facts))) return null;
    const wanted = await wantedDock(facts, ours);
    if (wanted === null) return null;
    try {
      const { dock: file } = await targetsOf(ours);
      const docks = (await docksIn(file)).filter(({ uuid, url }) => uuid === dockUuid || wanted.isOurs(url));
      const [dock, second] = docks;
      if (dock === undefined) return [await absent(ours, file, wanted.isOurs)];
      if (second !== undefined)
        return [fault('doctor_dock_twice', { titles: docks.map(({ title }) => title).join(', ') })];
      return dock.url === wanted.url ? [] : [fault('doctor_dock_address', { title: dock.title }, 'setup')];
    } catch (error) {
      return [faultOf(error)];
    }
  },
} satisfies Checks;

/** In the file that another version of OBS reads it is as good as absent. */
async function absent({ root, isPortable }: FoundObs, file: string, isOurs: (url: string) => boolean) {
  const { global, user } = await possibleFiles(root, isPortable);
  const other = file === global ? user : global;
  const there = (await docksIn(other)).some(({ uuid, url }) => uuid === dockUuid || isOurs(url));
  return there
    ? fault('doctor_dock_other_file', { file: other, right: path.basename(file) }, 'setup')
    : fault('doctor_dock_absent', {}, 'setup');
}

async function docksIn(file: string) {
  const bytes = await readIfThere(file);
  return bytes === null
    ? []
    : iniValues(bytes, 'BasicWindow', 'ExtraBrowserDocks').flatMap((list) => parseDocks(list) ?? []);
}

/** The dock that this data folder's agent gives to an OBS; null: there is no token or no page yet, and so no dock. */
async function wantedDock(facts: Facts, obs: FoundObs) {
  const environment = await orNull(facts.environment());
  if (environment === null) return null;
  const { dataDir, host, port } = environment;
  const token = await orNull((async () => readToken(dataDir))());
  const place = await orNull((async () => knownPlace(dataDir))());
  if (token === null || place === null) return null;
  const url = runningAddress(dataDir) ?? `http://${urlHost(host)}:${port}`;
  return waitingDock({ page: place.address, url, token }, obs);
}
