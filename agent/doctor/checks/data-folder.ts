/** The folder with the database, the token and the log. */
import { randomUUID } from 'node:crypto';
import { rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { folderProblem } from '../../config/data-dir.ts';
import { accessListCommands, notPrivate } from '../../config/private-folder.ts';
import { fileWork } from '../../files/file-work.ts';
import { runProgram } from '../../obs/setup/running.ts';
import { isDatabaseInUse } from '../../storage/database.ts';
import { type Checks, codeOf, fault, faultOf, orNull, warning } from '../check.ts';
import type { Facts } from '../facts.ts';

const folderOf = async (facts: Facts): Promise<string | null> => (await orNull(facts.environment()))?.dataDir ?? null;

export const dataFolderChecks = {
  async data_folder(facts) {
    const folder = await folderOf(facts);
    if (folder === null) return null;
    const probe = path.join(folder, `.probe-${randomUUID()}`);
    try {
      await fileWork.doIn(folder, async () => {
        await writeFile(probe, '', { flag: 'wx', mode: 0o600 });
        await rm(probe);
      });
      return [];
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [warning('doctor_data_folder_missing', { folder }, 'folder')];
      if (codeOf(error) === 'file_away') return [faultOf(error)];
      // Windows' protection against programs that encrypt files for ransom speaks so.
      const isProtected = codeOf(error) === 'EPERM' && facts.world.source.platform === 'win32';
      return [
        isProtected
          ? fault('doctor_folder_protected', { folder })
          : faultOf(folderProblem(folder, error, facts.world.language)),
      ];
    }
  },

  async data_folder_private(facts) {
    const folder = await folderOf(facts);
    if (folder === null || (await orNull(stat(folder))) === null) return null;
    const uid = process.getuid?.();
    if (uid === undefined) return privateOnWindows(facts, folder);
    return notPrivate(folder, uid).map((problem) =>
      problem.code === 'OPEN_TO_OTHERS'
        ? fault('doctor_folder_open', { file: problem.file }, 'private')
        : faultOf(folderProblem(problem.file, problem, facts.world.language)),
    );
  },

  async data_folder_use(facts) {
    const folder = await folderOf(facts);
    if (folder === null) return null;
    // Inside the agent it is ours.
    if (facts.world.agent !== null || (await facts.agentAnswers()) !== 'none') return [];
    if (!isDatabaseInUse(path.join(folder, 'streamai.db'))) return [];
    return [fault('agent_silent', { file: path.join(folder, 'agent.log') })];
  },
} satisfies Checks;

/** What lies in the profile is the user's alone by itself; elsewhere the access list tells, which names everybody by their SIDs. */
async function privateOnWindows({ world }: Facts, folder: string) {
  const { env, home } = world.source;
  const [own] = accessListCommands(folder, { home, env, isEmpty: true });
  if (own === undefined) return [];
  const list = (await runProgram(own.file, [folder])) ?? '';
  const isOpen = /(Everyone|BUILTIN\\Users|Authenticated Users|\(I\))/i.test(list);
  return isOpen ? [fault('doctor_folder_open', { file: folder }, 'private')] : [];
}
