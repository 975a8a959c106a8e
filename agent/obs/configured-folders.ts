/**
 * The folders that OBS's own configuration has recordings written to. What OBS says over its connection is the word of whoever answers
 * there; these files are the user's. On Windows even a look at a share of another machine makes this one log in there, so only
 * shares that stand here are looked at.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { decodeText } from '../decode-text.ts';
import { parseIni } from './ini.ts';

/** Where each kind of output has its folder (obs-studio, OBSBasic_Profiles and BasicOutputHandler). */
const parameters = [
  ['SimpleOutput', 'FilePath'],
  ['AdvOut', 'RecFilePath'],
  ['AdvOut', 'FFFilePath'],
] as const;

/** @param roots as `obsConfigRoots`. What cannot be read has none. */
export async function configuredFolders(roots: readonly string[]): Promise<string[]> {
  const found = await Promise.all(roots.map((root) => ofRoot(path.join(root, 'basic', 'profiles'))));
  return [...new Set(found.flat())];
}

async function ofRoot(profiles: string): Promise<string[]> {
  const names = await readdir(profiles).catch(() => []);
  const texts = await Promise.all(
    names.map(async (name) =>
      decodeText(await readFile(path.join(profiles, name, 'basic.ini')).catch(() => Buffer.alloc(0))),
    ),
  );
  return texts.flatMap((text) => {
    const ini = parseIni(text);
    return parameters.flatMap(([section, name]) => ini.get(section)?.get(name) || []);
  });
}
