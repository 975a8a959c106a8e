/** What `.env` and the environment say. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { type SettingName, settingVariables } from '../../../shared/settings.ts';
import { parseDotEnv } from '../../config/dot-env.ts';
import { variableNames } from '../../config/environment.ts';
import { decodeText } from '../../decode-text.ts';
import { type Checks, codeOf, type Finding, faultOf, warning } from '../check.ts';
import type { Facts } from '../facts.ts';
import { nearest } from '../nearest.ts';

/** Names that look like ours. Others may stand in the environment for other programs. */
const ours = /^(STREAMAI|VULTR|OBS|AGENT|UPLOAD|RECORDINGS?|DEFAULT)_/;
/** Ours as well, read elsewhere (the log, the launcher, tests). */
const elsewhere = /^(STREAMAI_LOG_LEVEL|STREAMAI_NODE.*|STREAMAI_TEST.*|STREAMAI_.*_DIR)$/;

async function dotEnv(file: string): Promise<Buffer | null> {
  try {
    return await readFile(file);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

export const environmentChecks = {
  async env_file(facts) {
    try {
      await facts.environment();
    } catch (error) {
      return [faultOf(error)];
    }
    const { root, env, platform } = facts.world.source;
    const file = path.join(root, '.env');
    const bytes = await dotEnv(file);
    const values = bytes === null ? new Map<string, string>() : parseDotEnv(decodeText(bytes));
    const isWide = bytes !== null && (bytes[0] === 0xff || bytes[0] === 0xfe);
    const isOpen = platform !== 'win32' && bytes !== null && ((await stat(file)).mode & 0o044) !== 0;
    const holdsSecrets = [...values].some(([name, value]) => value !== '' && /PASSWORD|KEY|TOKEN|_PROXY$/i.test(name));
    return [
      ...unknownNames(values, env),
      ...(isWide ? [warning('doctor_env_utf16', { file })] : []),
      ...(isOpen && holdsSecrets ? [warning('doctor_env_open', { file })] : []),
      ...(await winners(facts)),
    ];
  },

  async proxy(facts) {
    const { proxies } = await facts.environment().catch(() => ({ proxies: null }));
    if (proxies === null) return null;
    const names = [proxies.http, proxies.https].flatMap((proxy) => (proxy === null ? [] : [proxy.name]));
    return names.length === 0 ? [] : [warning('doctor_proxy', { names: [...new Set(names)].join(', ') })];
  },
} satisfies Checks;

function unknownNames(
  values: ReadonlyMap<string, string>,
  env: NodeJS.ProcessEnv | Readonly<Record<string, string | undefined>>,
): Finding[] {
  const names = new Set([...values.keys(), ...Object.keys(env).filter((name) => /^(STREAMAI|VULTR)_/.test(name))]);
  return [...names]
    .filter((name) => !variableNames.includes(name.toUpperCase()) && !elsewhere.test(name))
    .flatMap((name) => {
      const like = nearest(name.toUpperCase(), variableNames);
      if (like !== null) return [warning('doctor_env_misspelt', { name, like })];
      return ours.test(name) ? [warning('doctor_env_unknown', { name })] : [];
    });
}

/** A person has set it in the dock, and another value counts. */
async function winners(facts: Facts): Promise<Finding[]> {
  const [{ fixed }, stored] = await Promise.all([facts.environment(), facts.stored().catch(() => null)]);
  const chosen = stored?.chosen() ?? new Set<string>();
  const names = (Object.keys(fixed) as SettingName[])
    .filter((name) => chosen.has(name))
    .flatMap((name) => settingVariables[name] ?? []);
  return names.length === 0 ? [] : [warning('doctor_env_wins', { names: names.join(', ') })];
}
