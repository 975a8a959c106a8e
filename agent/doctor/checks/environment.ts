/** What `.env` and the environment say. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { type SettingName, settingVariables } from '../../../shared/settings.ts';
import { dotEnv, variableNames } from '../../config/environment.ts';
import { incompleteStorage, unknownVariables } from '../../config/unknown-variables.ts';
import { type Checks, type Finding, faultOf, orNull, warning } from '../check.ts';
import type { Facts } from '../facts.ts';

export const environmentChecks = {
  async env_file(facts) {
    try {
      await facts.environment();
    } catch (error) {
      return [faultOf(error)];
    }
    const { language, source } = facts.world;
    const { root, env, platform } = source;
    const file = path.join(root, '.env');
    const values = dotEnv(file, language);
    const isSet = (name: string): boolean => Boolean(env[name]?.trim() || values.get(name)?.trim());
    const notes = [...unknownVariables(variableNames, env, values, language), ...incompleteStorage(isSet, language)];
    const [first, second] = (await orNull(readFile(file))) ?? [];
    const isWide = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
    const isOpen = platform !== 'win32' && (((await orNull(stat(file)))?.mode ?? 0) & 0o044) !== 0;
    const holdsSecrets = [...values].some(([name, value]) => value !== '' && /PASSWORD|KEY|TOKEN|_PROXY$/i.test(name));
    return [
      ...notes.map((text) => warning('doctor_env_note', { text })),
      ...(isWide ? [warning('doctor_env_utf16', { file })] : []),
      ...(isOpen && holdsSecrets ? [warning('doctor_env_open', { file })] : []),
      ...(await winners(facts)),
    ];
  },

  async proxy(facts) {
    const proxies = (await orNull(facts.environment()))?.proxies;
    if (proxies === undefined) return null;
    const names = [proxies.http, proxies.https].flatMap((proxy) => (proxy === null ? [] : [proxy.name]));
    return names.length === 0 ? [] : [warning('doctor_proxy', { names: [...new Set(names)].join(', ') })];
  },
} satisfies Checks;

/** A person has set it in the dock, and another value counts. */
async function winners(facts: Facts): Promise<Finding[]> {
  const [{ fixed }, stored] = await Promise.all([facts.environment(), orNull(facts.stored())]);
  const chosen = stored?.chosen() ?? new Set<string>();
  const names = (Object.keys(fixed) as SettingName[])
    .filter((name) => chosen.has(name))
    .flatMap((name) => settingVariables[name] ?? []);
  return names.length === 0 ? [] : [warning('doctor_env_wins', { names: names.join(', ') })];
}
