/** Which OBS are on this machine, and which of them run. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { isLoopback } from '../../../shared/ip-address.ts';
import { discoverWebsocket } from '../../obs/discovery.ts';
import { isFrom, versionText } from '../../obs/setup/version.ts';
import { type Checks, type Finding, fault, orNull, warning } from '../check.ts';
import type { Facts } from '../facts.ts';

/** An OBS on another machine has its files there. */
export async function isObsElsewhere(facts: Facts): Promise<boolean> {
  const settings = await orNull(facts.settings());
  return settings !== null && !isLoopback(settings.obsHost);
}

export const obsFoundChecks = {
  async obs_installed(facts) {
    if (await isObsElsewhere(facts)) return null;
    const ours = await facts.ourObs();
    if (ours === null) return [fault('setup_obs_not_found')];
    if (ours.version === null) return [warning('setup_never_started', { folder: ours.root })];
    return isFrom(ours.version, 28) ? [] : [fault('setup_obs_too_old', { version: versionText(ours.version) })];
  },

  async obs_configurations(facts) {
    const [all, running, place] = await Promise.all([facts.obs(), facts.runningObs(), orNull(facts.obsPlace())]);
    if (all.length === 0 || (await isObsElsewhere(facts))) return null;
    const [runs] = running;
    const used = place?.found?.file;
    if (runs === undefined || used === undefined || running.length > 1) return [];
    // The one that runs is not the one whose password and port are used.
    const own = await discoverWebsocket([runs.root]);
    return own === null || own.file === used
      ? []
      : [fault('doctor_obs_other_configuration', { used, running: own.file })];
  },

  async obs_running(facts) {
    if (await isObsElsewhere(facts)) return null;
    const [all, running] = await Promise.all([facts.obs(), facts.runningObs()]);
    if (all.length === 0) return null;
    if (running.length === 0) return [warning('doctor_obs_not_running')];
    const findings: Finding[] = [];
    if (running.length > 1)
      findings.push(fault('doctor_obs_twice', { folders: running.map(({ root }) => root).join(', ') }));
    return findings;
  },
} satisfies Checks;

/** Whether something lies there. */
export const isThere = async (...parts: [string, ...string[]]): Promise<boolean> =>
  (await orNull(stat(path.join(...parts)))) !== null;
