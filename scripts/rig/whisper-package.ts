import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from './processes.ts';

/** Of the npm package nodejs-whisper, whose tarball has the sources of whisper.cpp 1.9.1. */
export const whisperPackage = '0.3.1';

const options = [
  ...[
    '-DCMAKE_BUILD_TYPE=Release',
    '-DBUILD_SHARED_LIBS=OFF',
    '-DWHISPER_BUILD_TESTS=OFF',
    '-DWHISPER_BUILD_SERVER=OFF',
  ],
  '-DGGML_OPENMP=OFF',
];
/** About 100 s of one core; the machine may have others' work to do. */
const buildMs = 1_800_000;

/** Builds `folder/whisper-cli` for this machine's processor. */
export async function buildWhisper(folder: string): Promise<void> {
  const install = path.join(folder, 'install');
  await mkdir(install);
  await writeFile(path.join(install, 'package.json'), '{"private":true}');
  const npm = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-save', '--omit=optional'];
  await run('npm', [...npm, `nodejs-whisper@${whisperPackage}`], { cwd: install });
  const sources = path.join(install, 'node_modules/nodejs-whisper/cpp/whisper.cpp');
  const build = path.join(install, 'build');
  await run('cmake', ['-S', sources, '-B', build, ...options]);
  const make = ['--build', build, '--target', 'whisper-cli', '--parallel', '2'];
  await run('nice', ['-n', '19', 'cmake', ...make], { timeoutMs: buildMs });
  await copyFile(path.join(build, 'bin/whisper-cli'), path.join(folder, 'whisper-cli'));
  await rm(install, { recursive: true });
}
