/** Where OBS records, and into what. */
import { randomUUID } from 'node:crypto';
import { readdir, readFile, rm, stat, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { folderProblem } from '../../config/data-dir.ts';
import { decodeText } from '../../decode-text.ts';
import { fileWork } from '../../files/file-work.ts';
import { iniFlag, parseIni } from '../../obs/ini.ts';
import { type Checks, codeOf, type Finding, fault, faultOf, orNull, warning } from '../check.ts';
import type { Facts } from '../facts.ts';
import { isObsElsewhere } from './obs-found.ts';

/** Below so much recording time the disk is nearly full. */
const leastMinutes = 60;
/** Where the profile does not say: what OBS itself takes for its quality settings at 1080p (kbit/s). */
const usualKbps = 10_000;
/** File systems of other machines, by their numbers (Linux, statfs(2)): NFS, SMB, SMB2, CIFS, FUSE's sshfs is not told apart. */
const networkTypes = new Set([0x6969, 0x517b, 0xfe534d42, 0xff534d42]);
const cloudFolders =
  /(^|[\\/])(OneDrive|Dropbox|Google Drive|iCloud ?Drive|Mobile Documents|Nextcloud)([^\\/]*)([\\/]|$)/i;

interface Profile {
  readonly mode: 'Simple' | 'Advanced';
  readonly value: (name: string) => string | undefined;
  readonly autoRemux: boolean;
}

export const recordingChecks = {
  async recording_folder(facts) {
    const folder = await recordFolder(facts);
    if (folder === null) return null;
    const { platform } = facts.world.source;
    if (!path.isAbsolute(folder)) return [fault('recorded_elsewhere', { file: folder, folder })];
    const probe = path.join(folder, `.probe-${randomUUID()}`);
    try {
      await fileWork.doIn(folder, async () => {
        if (!(await stat(folder)).isDirectory()) throw Object.assign(new Error('no folder'), { code: 'ENOTDIR' });
        await writeFile(probe, '', { flag: 'wx', mode: 0o600 });
        await rm(probe);
      });
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [fault('doctor_recording_folder_missing', { folder }, 'folder')];
      if (codeOf(error) === 'EPERM' && platform === 'win32') return [fault('doctor_folder_protected', { folder })];
      if (codeOf(error) === 'file_away') return [faultOf(error)];
      return [faultOf(folderProblem(folder, error, facts.world.language))];
    }
    const isShare = /^(\\\\|\/\/)/.test(folder);
    const { bavail, bsize, type } = await fileWork.doIn(folder, () => statfs(folder));
    const minutes = Math.floor((bavail * bsize * 8) / ((await kbps(facts)) * 1000) / 60);
    return [
      ...(minutes < leastMinutes ? [fault('doctor_disk_nearly_full', { folder, minutes })] : []),
      ...(isShare || (platform === 'linux' && networkTypes.has(type))
        ? [warning('doctor_recording_network', { folder })]
        : []),
      ...(cloudFolders.test(folder) ? [warning('doctor_recording_cloud', { folder })] : []),
    ];
  },

  async recording_format(facts) {
    const profile = await profileOf(facts);
    if (profile === null) return null;
    const findings: Finding[] = [];
    const { mode, value, autoRemux } = profile;
    const format = (value('RecFormat2') ?? value('RecFormat') ?? '').toLowerCase();
    if (format === 'mp4' || format === 'mov') findings.push(warning('doctor_format_fragile', { format }));
    const encoder = mode === 'Simple' ? value('RecQuality') : value('RecEncoder');
    if (encoder === (mode === 'Simple' ? 'Stream' : 'none')) findings.push(warning('doctor_shared_encoder'));
    if (autoRemux && !/^(hybrid_|fragmented_)?(mp4|mov)$/.test(format)) findings.push(warning('doctor_auto_remux'));
    return findings;
  },
} satisfies Checks;

/** As OBS or the settings say; null: OBS has no profile yet, or is on another machine. */
async function recordFolder(facts: Facts): Promise<string | null> {
  const settings = await orNull(facts.settings());
  if (settings?.recordingsDir) return settings.recordingsDir;
  if (await isObsElsewhere(facts)) return null;
  const told = (await orNull(facts.link()))?.recordDirectory;
  if (told) return told;
  const profile = await profileOf(facts);
  return profile?.value(profile.mode === 'Simple' ? 'FilePath' : 'RecFilePath') || null;
}

async function kbps(facts: Facts): Promise<number> {
  const profile = await profileOf(facts);
  const said = Number(profile?.value('VBitrate') ?? 0);
  return said > 0 ? said : usualKbps;
}

/** What OBS's profile in use says. */
async function profileOf(facts: Facts): Promise<Profile | null> {
  const ours = await facts.ourObs();
  if (ours === null || (await isObsElsewhere(facts))) return null;
  const profiles = path.join(ours.root, 'basic', 'profiles');
  const names = (await orNull(readdir(profiles))) ?? [];
  const inis = await Promise.all(
    names.map(async (name) => {
      const bytes = await orNull(readFile(path.join(profiles, name, 'basic.ini')));
      return { name, ini: bytes && parseIni(decodeText(bytes)) };
    }),
  );
  const isOurs = ({ name, ini }: (typeof inis)[number]): boolean =>
    ini?.get('General')?.get('Name') === ours.profile || name === ours.profile;
  const ini = (inis.find(isOurs) ?? (inis.length === 1 ? inis[0] : undefined))?.ini;
  if (!ini) return null;
  const mode = ini.get('Output')?.get('Mode') === 'Advanced' ? 'Advanced' : 'Simple';
  const section = ini.get(mode === 'Simple' ? 'SimpleOutput' : 'AdvOut');
  return {
    mode,
    value: (name) => section?.get(name),
    autoRemux: iniFlag(ini.get('Video')?.get('AutoRemux') ?? ''),
  };
}
