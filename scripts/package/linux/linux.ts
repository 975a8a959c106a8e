/** Linux: a .deb, an .rpm where rpmbuild is, and a tarball for all others. */
import { copyFile, mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { root } from '../../test/tools.ts';
import { writeTarGz } from '../archive/tar.ts';
import { bytesBelow } from '../archive/tree.ts';
import type { Build } from '../build.ts';
import { installScript } from '../install-script.ts';
import { normalise } from '../normalise.ts';
import type { Target } from '../targets.ts';
import { hasTool, runTool, ToolMissing } from '../tool.ts';
import { debControl, debScripts, installed, menuEntry, rpmSpec, userUnit } from './files.ts';

/**
 * @param staged what `stage` filled; it is used up
 * @param say told which package could not be made, and what it would need
 * @returns the packages' names
 */
export async function packageLinux(
  build: Build,
  target: Target,
  staged: string,
  say: (line: string) => void,
): Promise<string[]> {
  const { version, epoch, out } = build;
  const name = `StreamAI-${version}-linux-${target.arch}`;
  const script = path.join(staged, 'install.sh');
  await writeFile(script, installScript('linux'), { mode: 0o755 });
  await writeTarGz(path.join(out, `${name}.tar.gz`), staged, name, epoch);
  await rm(script);

  const tree = await systemTree(path.join(build.temporary, `${name}-tree`), staged);
  const names = [`${name}.tar.gz`];
  for (const [tool, what, make] of [
    ['dpkg-deb', 'A .deb', makeDeb],
    ['rpmbuild', 'An .rpm', makeRpm],
  ] as const) {
    if (hasTool(tool)) names.push(await make(build, target, tree));
    else say(`! ${new ToolMissing(tool, what).message}`);
  }
  await rm(tree, { recursive: true });
  return names;
}

/** The files as they lie on an installed system. */
async function systemTree(tree: string, staged: string): Promise<string> {
  const folder = async (name: string): Promise<string> => {
    const made = path.join(tree, name);
    await mkdir(made, { recursive: true });
    return made;
  };
  await folder(path.dirname(installed));
  await rename(staged, path.join(tree, installed));
  await symlink('../lib/streamai/streamai', path.join(await folder('usr/bin'), 'streamai'));
  await writeFile(path.join(await folder('usr/lib/systemd/user'), 'streamai.service'), userUnit);
  await writeFile(path.join(await folder('usr/share/applications'), 'streamai.desktop'), menuEntry);
  const icons = await folder('usr/share/icons/hicolor/scalable/apps');
  await copyFile(path.join(root, 'dock/public/icon.svg'), path.join(icons, 'streamai.svg'));
  return tree;
}

async function makeDeb({ version, epoch, out, quick }: Build, { arch }: Target, tree: string): Promise<string> {
  const name = `streamai_${version}_${{ x64: 'amd64', arm64: 'arm64' }[arch]}.deb`;
  const bytes = await bytesBelow(tree);
  const control = path.join(tree, 'DEBIAN');
  await mkdir(control);
  await writeFile(path.join(control, 'control'), debControl(version, arch, Math.ceil(bytes / 1024)));
  for (const [file, text] of Object.entries(debScripts)) {
    await writeFile(path.join(control, file), text, { mode: 0o755 });
  }
  await normalise(tree, epoch);
  const how = quick ? ['-Zgzip', '-z1'] : ['-Zxz', '-z6'];
  await runTool('dpkg-deb', [...how, '--root-owner-group', '--build', tree, path.join(out, name)], epoch);
  await rm(control, { recursive: true });
  return name;
}

async function makeRpm(
  { version, epoch, out, temporary, quick }: Build,
  { arch }: Target,
  tree: string,
): Promise<string> {
  const machine = { x64: 'x86_64', arm64: 'aarch64' }[arch];
  const top = path.join(temporary, `rpm-${arch}`);
  const spec = path.join(temporary, `streamai-${arch}.spec`);
  await normalise(tree, epoch);
  await writeFile(spec, rpmSpec(version, tree));
  const defines = {
    _topdir: top,
    _buildhost: 'reproducible',
    use_source_date_epoch_as_buildtime: '1',
    clamp_mtime_to_source_date_epoch: '1',
    // Nothing is stripped, compressed or rewritten.
    __os_install_post: '%{nil}',
    debug_package: '%{nil}',
    _build_id_links: 'none',
    _binary_payload: quick ? 'w1.gzdio' : 'w6T1.xzdio',
  };
  const defined = Object.entries(defines).flatMap(([key, value]) => ['--define', `${key} ${value}`]);
  await runTool('rpmbuild', ['-bb', '--quiet', '--target', machine, ...defined, spec], epoch);
  const made = path.join(top, 'RPMS', machine);
  const [name] = await readdir(made);
  if (name === undefined) throw new Error('rpmbuild made no package');
  await rename(path.join(made, name), path.join(temporary, name));
  await copyFile(path.join(temporary, name), path.join(out, name));
  return name;
}
