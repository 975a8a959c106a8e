/** What the packages of Linux' distributions put beside the program, and say of themselves. */
import type { Target } from '../targets.ts';

/** Where the program is; `/usr/bin/streamai` leads there. */
export const installed = 'usr/lib/streamai';
/** What it says of itself in package managers. */
export const summary = 'Gets OBS recordings to Vultr by itself';
export const description = [
  'StreamAI records with OBS Studio and gets every recording to a processing',
  'server and to Object Storage: named, byte for byte, with its task tracked to',
  'the end. A dock inside OBS controls it.',
];
export const maintainer = 'StreamAI contributors <streamai@example.invalid>';

/** A unit of each user's own systemd: enabled by `streamai autostart on` (agent/cli/autostart), for nobody before that. */
export const userUnit = `[Unit]
Description=StreamAI

[Service]
ExecStart=/usr/bin/streamai start
Restart=on-failure
RestartSec=5

[Install]
WantedBy=default.target
`;

/** In the desktop's menu. */
export const menuEntry = `[Desktop Entry]
Type=Application
Name=StreamAI
Comment=${summary}
Comment[fr]=Envoie les enregistrements d’OBS vers Vultr tout seul
Exec=/usr/bin/streamai open
Icon=streamai
Terminal=false
Categories=AudioVideo;Recorder;
`;

/** What the signed Node was linked with: glibc 2.28 and the compiler's libraries. */
export function debControl(version: string, arch: Target['arch'], kilobytes: number): string {
  return `Package: streamai
Version: ${version}
Architecture: ${{ x64: 'amd64', arm64: 'arm64' }[arch]}
Maintainer: ${maintainer}
Installed-Size: ${kilobytes}
Depends: libc6 (>= 2.28), libstdc++6, libgcc-s1 | libgcc1, libatomic1
Recommends: obs-studio
Section: video
Priority: optional
Description: ${summary}
${description.map((line) => ` ${line}`).join('\n')}
`;
}

const restart = '/run/streamai-restart';

/**
 * Ends the agents that run from the package, of all users, in order; their receivers end with them. A program that runs on while its files
 * are replaced would load halves of two versions. Whose agent systemd ran gets it back afterwards.
 */
export const endAgents = `agents() {
  for process in /proc/[0-9]*; do
    [ "$(readlink "$process/exe" 2>/dev/null)" = /${installed}/node ] || continue
    parent=$(sed -n 's/^PPid:[[:space:]]*//p' "$process/status" 2>/dev/null)
    [ "$(readlink "/proc/$parent/exe" 2>/dev/null)" = /${installed}/node ] || echo "\${process#/proc/}"
  done
}
rm -f ${restart}
for pid in $(agents); do
  if grep -q 'streamai\\.service' "/proc/$pid/cgroup" 2>/dev/null; then
    stat -c %u "/proc/$pid" >>${restart} || true
  fi
  kill "$pid" 2>/dev/null || true
done
for second in $(seq 60); do
  [ -n "$(agents)" ] || break
  sleep 1
done
if [ -n "$(agents)" ]; then
  echo "StreamAI still runs and could not be ended (process $(agents | tr '\\n' ' ')). End it, then try again." >&2
  exit 1
fi
`;

export const startAgents = `if [ -f ${restart} ]; then
  while read -r user; do
    systemctl --user --machine="$user@.host" start streamai.service >/dev/null 2>&1 || true
  done <${restart}
  rm -f ${restart}
fi
`;

/** For rpmbuild; the files are there already, and stay as they are: Node's signature and the bundle's bytes are not to be touched. */
export function rpmSpec(version: string, files: string): string {
  return `Name: streamai
Version: ${version.replace('-', '~')}
Release: 1
Summary: ${summary}
License: MIT
AutoReqProv: no
Requires: glibc >= 2.28, libstdc++, libgcc, libatomic
Recommends: obs-studio

%description
${description.join('\n')}

%install
cp -a "${files}/." "%{buildroot}/"

%pre
[ "$1" -gt 1 ] || exit 0
${endAgents}
%preun
[ "$1" -eq 0 ] || exit 0
${endAgents}
rm -f ${restart}
%posttrans
${startAgents}
%files
/${installed}
/usr/bin/streamai
/usr/lib/systemd/user/streamai.service
/usr/share/applications/streamai.desktop
/usr/share/icons/hicolor/scalable/apps/streamai.svg
`;
}

/** The scripts that dpkg runs before it takes the old files away and after the new ones are there. */
export const debScripts = {
  // Removed for good, it is not started again by whatever is installed later.
  prerm: `#!/bin/sh\nset -e\n${endAgents}[ "$1" = upgrade ] || rm -f ${restart}\n`,
  postinst: `#!/bin/sh\nset -e\n${startAgents}`,
} as const;
