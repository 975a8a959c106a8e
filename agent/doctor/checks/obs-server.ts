/** OBS's WebSocket server: on, reached, and with a password that is worth something. */
import { createConnection } from 'node:net';
import path from 'node:path';
import { isLoopback } from '../../../shared/ip-address.ts';
import { readIfThere } from '../../obs/setup/files.ts';
import { jsonValues } from '../../obs/setup/websocket-server.ts';
import { type Checks, fault, orNull, warning } from '../check.ts';
import type { Facts } from '../facts.ts';
import { isWeakPassword } from '../weak-password.ts';
import { isObsElsewhere } from './obs-found.ts';

const connectMs = 3000;
/** What OBS, or what answers for it, has said: the port is no riddle then. */
const answered = ['obs_unauthenticated', 'obs_stranger', 'obs_too_old'];

export const obsServerChecks = {
  async obs_websocket(facts) {
    const ours = await facts.ourObs();
    // One that was never started has not written its settings.
    if (ours === null || ours.version === null || (await isObsElsewhere(facts))) return null;
    const file = path.join(ours.root, 'plugin_config', 'obs-websocket', 'config.json');
    if (jsonValues(await orNull(readIfThere(file))) === null) return [fault('setup_file_damaged', { file })];
    const server = await facts.websocket();
    return server?.enabled ? [] : [fault('obs_websocket_disabled', {}, 'setup')];
  },

  async obs_plugin(facts) {
    const ours = await facts.ourObs();
    if (ours === null || (await isObsElsewhere(facts))) return null;
    const missing = (await facts.world.missingPlugins(ours)).filter(({ code }) => code === 'setup_no_websocket');
    if (missing.length > 0) return missing.map((info) => ({ state: 'fault', info }) as const);
    if (!(await isUp(facts)) || !(await facts.websocket())?.enabled) return null;
    const { port } = await facts.obsPlace();
    // It runs, its server is on, and nobody listens: safe mode loads no plugins.
    return (await facts.link()).state !== 'connected' && !(await isPortOpen('127.0.0.1', port))
      ? [fault('doctor_obs_safe_mode', { port })]
      : [];
  },

  async obs_port(facts) {
    const elsewhere = await isObsElsewhere(facts);
    const place = await orNull(facts.obsPlace());
    if (place === null) return null;
    const { state, problem } = await facts.link();
    if (state === 'connected' || problem?.code === 'obs_password_wrong') return [];
    if (problem !== null && answered.includes(problem.code)) return [{ state: 'fault', info: problem }];
    const { host, port } = place;
    if (await isPortOpen(isLoopback(host) ? '127.0.0.1' : host, port))
      return [fault('doctor_obs_port_other', { port })];
    return elsewhere ? [fault('doctor_obs_unreachable', { host, port })] : null;
  },

  async obs_password(facts) {
    const place = await orNull(facts.obsPlace());
    if (place === null) return null;
    const { state, problem } = await facts.link();
    if (problem?.code === 'obs_password_wrong') return [{ state: 'fault', info: problem }];
    const { password, found } = place;
    if (state !== 'connected' && found === null) return null;
    if (password === null) return [warning('setup_open_server')];
    return isWeakPassword(password) ? [warning('doctor_obs_password_weak')] : [];
  },
} satisfies Checks;

const isUp = async (facts: Facts): Promise<boolean> => (await facts.runningObs()).length > 0;

function isPortOpen(host: string, port: number): Promise<boolean> {
  const socket = createConnection({ host, port, timeout: connectMs });
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('timeout', () => resolve(false));
  }).finally(() => socket.destroy());
}
