import { globSync } from 'node:fs';
import path from 'node:path';
import { cached } from './cache.ts';
import { unpackChromium } from './chromium-package.ts';
import { bootstrapDebian, debianProgram, linuxOnly, programs } from './debian-root.ts';
import { canMountDrives } from './hanging-drive.ts';
import type { ObsKind } from './obs-types.ts';
import { buildWhisper, whisperPackage } from './whisper-package.ts';
import { setUpWine } from './wine/wine-root.ts';

/** The programs that tests talk to besides our own. */
export type PeerName =
  | 'obsNewest'
  | 'obsSystem'
  | 'chromium127'
  | 'chromiumToday'
  | 'chromium103'
  | 'ceph'
  | 'faketime'
  | 'openssl'
  | 'ffmpeg'
  | 'whisper'
  | 'squid'
  | 'mount'
  | 'fuse'
  | 'xdotool'
  | 'bash'
  | 'zsh'
  | 'fish'
  | 'systemdAnalyze'
  | 'desktopFileValidate'
  | 'wine';

/** A peer cannot be had on this machine; the message says why. */
export class PeerMissing extends Error {
  readonly peer: PeerName;
  constructor(peer: PeerName, reason: string, options?: ErrorOptions) {
    super(`${peer} cannot be had here: ${reason}`, options);
    this.name = 'PeerMissing';
    this.peer = peer;
  }
}

/** What each peer is, in words. */
export const peerDescriptions: Readonly<Record<PeerName, string>> = {
  obsNewest: 'OBS Studio from Debian testing (32.x)',
  obsSystem: "this machine's own OBS Studio (Debian 12: 29.0.2)",
  chromium127: 'Chromium 127, which OBS 31.0 to 32.2 embeds',
  chromiumToday: "this machine's own Chromium",
  chromium103: 'Chromium 103, which OBS 28 to 30.2 embeds',
  ceph: 'Ceph with its Object Gateway, which Vultr Object Storage runs (Debian 12: 16.2)',
  faketime: 'libfaketime, which gives a program another time of day',
  openssl: 'OpenSSL, which makes certificates',
  ffmpeg: 'FFmpeg, which OBS can stream to',
  whisper: 'whisper.cpp, which hears speech, built from the sources in an npm package',
  squid: 'Squid, a proxy',
  mount: 'the right to mount a small disk',
  fuse: 'the right to mount a drive that a program serves (FUSE)',
  xdotool: 'xdotool, which presses keys in windows',
  bash: 'bash, a shell',
  zsh: 'zsh, a shell',
  fish: 'fish, a shell',
  systemdAnalyze: 'systemd-analyze, which checks units',
  desktopFileValidate: 'desktop-file-validate, which checks desktop entries',
  wine: "Wine 10 (Debian 13), which runs Windows' own Node",
};

/** What each kind of OBS needs. */
export const peersOfObs: Readonly<Record<ObsKind, readonly PeerName[]>> = {
  newest: ['obsNewest'],
  system: ['obsSystem'],
  simulated: [],
};

const setUp: Readonly<Record<PeerName, () => Promise<string>>> = {
  obsNewest: setUpObsNewest,
  obsSystem: async () => {
    linuxOnly();
    await programs({ Xvfb: 'xvfb' });
    return await debianProgram('obs', 'obs-studio');
  },
  chromium127: () => setUpChromium('127.0.0'),
  chromiumToday: () => debianProgram('chromium', 'chromium'),
  chromium103: () => setUpChromium('103.0.0'),
  ceph: setUpCeph,
  faketime: setUpFaketime,
  openssl: () => debianProgram('openssl', 'openssl'),
  ffmpeg: () => debianProgram('ffmpeg', 'ffmpeg'),
  whisper: setUpWhisper,
  squid: async () => {
    linuxOnly();
    return await debianProgram('squid', 'squid');
  },
  mount: async () => {
    linuxOnly();
    if (process.getuid?.() !== 0) throw new Error('only root may mount');
    return await debianProgram('mount', 'mount');
  },
  fuse: async () => {
    if (!canMountDrives) throw new Error('that takes Linux, root and /dev/fuse');
    return '/dev/fuse';
  },
  xdotool: () => debianProgram('xdotool', 'xdotool'),
  bash: () => debianProgram('bash', 'bash'),
  zsh: () => debianProgram('zsh', 'zsh'),
  fish: () => debianProgram('fish', 'fish'),
  systemdAnalyze: async () => {
    linuxOnly();
    return await debianProgram('systemd-analyze', 'systemd');
  },
  desktopFileValidate: () => debianProgram('desktop-file-validate', 'desktop-file-utils'),
  wine: setUpWine,
};

const ready = new Map<PeerName, Promise<string>>();

/**
 * Sets a peer up when it is not yet; what was set up is kept in the cache outside of the checkout.
 * @returns the program's path; for obsNewest the folder that holds Debian testing
 * @throws {PeerMissing} when this machine cannot have it
 */
export function ensurePeer(name: PeerName): Promise<string> {
  let result = ready.get(name);
  if (!result) {
    result = setUp[name]().catch((cause: unknown) => {
      throw new PeerMissing(name, cause instanceof Error ? cause.message : String(cause), { cause });
    });
    ready.set(name, result);
  }
  return result;
}

/** To be raised with every change to bootstrapDebianTesting, so that what an older one left in the cache is not used. */
const obsNewestRecipe = 1;

async function setUpObsNewest(): Promise<string> {
  linuxOnly();
  if (process.getuid?.() !== 0) throw new Error('it needs root');
  const tools = { Xvfb: 'xvfb', debootstrap: 'debootstrap', unshare: 'util-linux', setpriv: 'util-linux' };
  await programs(tools);
  return await cached(`obs-newest-${obsNewestRecipe}`, bootstrapDebianTesting);
}

const bootstrapDebianTesting = (folder: string): Promise<void> =>
  bootstrapDebian('forky', ['obs-studio', 'libgl1'], folder);

/** A Chromium build of the npm package @sparticuz/chromium; Debian's Chromium brings the libraries that it needs. */
async function setUpChromium(version: string): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('it is built for Linux on x64 only');
  await debianProgram('chromium', 'chromium');
  const folder = await cached(`chromium-${version}`, (into) => unpackChromium(version, into));
  return path.join(folder, 'chromium');
}

/** @returns whisper-cli */
async function setUpWhisper(): Promise<string> {
  linuxOnly();
  await programs({ cmake: 'cmake', 'g++': 'g++', make: 'make' });
  const folder = await cached(`whisper-${whisperPackage}-${process.arch}`, buildWhisper);
  return path.join(folder, 'whisper-cli');
}

/** Its daemons are run as root: they drop no rights and need no user of their own then. */
async function setUpCeph(): Promise<string> {
  linuxOnly();
  if (process.getuid?.() !== 0) throw new Error('it needs root');
  await programs({ ceph: 'ceph-common', 'ceph-mon': 'ceph-mon', 'ceph-osd': 'ceph-osd', radosgw: 'radosgw' });
  return await debianProgram('radosgw', 'radosgw');
}

/** @returns the library to preload */
async function setUpFaketime(): Promise<string> {
  linuxOnly();
  await debianProgram('faketime', 'faketime');
  const library = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')[0];
  if (library === undefined) throw new Error("Debian's package libfaketime brought no library");
  return library;
}
