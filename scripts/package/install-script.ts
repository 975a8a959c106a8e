/** What installs a tarball for one user: into a folder of theirs, over an old version too, without an administrator. */

const places = {
  linux: { folder: '$HOME/.local/lib/streamai', run: './install.sh' },
  // As macOS has it for programs of one user.
  darwin: { folder: '$HOME/Applications/StreamAI', run: './install.command' },
} as const;

/** A script of any POSIX shell; on macOS it is also what Finder runs. */
export function installScript(platform: keyof typeof places): string {
  const { folder, run } = places[platform];
  return `#!/bin/sh
# Installs StreamAI for you alone: the program into ${folder}, the command streamai into ~/.local/bin.
#   ${run}               also over an old version
#   ${run} --uninstall   takes it away again; the data stays, with --data it goes too
set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
target="${folder}"
link="$HOME/.local/bin/streamai"
case \${LC_ALL:-\${LC_MESSAGES:-\${LANG:-}}} in fr*) french=1 ;; *) french= ;; esac
say() { if [ "$french" ]; then echo "$2"; else echo "$1"; fi; }

# What runs from there ends in order, and goes on with its uploads when it is started again.
end_agent() {
  [ -x "$target/streamai" ] || return 0
  "$target/streamai" stop || [ $? -eq 3 ] || {
    say "StreamAI still runs and could not be ended. End it, then run this again." \\
      "StreamAI fonctionne encore et n’a pas pu être arrêté. Arrêtez-le, puis relancez."
    exit 1
  }
}

if [ "\${1:-}" = --uninstall ]; then
  end_agent
  if [ -x "$target/streamai" ]; then
    "$target/streamai" setup --undo --no-wait || true
    "$target/streamai" autostart off || true
  fi
  rm -rf "$target"
  [ "$(readlink "$link" 2>/dev/null)" != "$target/streamai" ] || rm -f "$link"
  if [ "\${2:-}" = --data ]; then
    rm -rf "${platform === 'darwin' ? '$HOME/Library/Application Support/StreamAI' : `\${XDG_DATA_HOME:-$HOME/.local/share}/streamai`}"
  fi
  rm -rf "${platform === 'darwin' ? '$HOME/Library/Caches/streamai' : `\${XDG_CACHE_HOME:-$HOME/.cache}/streamai`}"
  say "StreamAI is uninstalled." "StreamAI est désinstallé."
  exit 0
fi

end_agent
mkdir -p "$(dirname "$target")" "$(dirname "$link")"
rm -rf "$target.new"
cp -R "$here" "$target.new"
${platform === 'darwin' ? `# What a browser downloaded is not run before its mark is gone; whoever started this script wants it run.\nxattr -dr com.apple.quarantine "$target.new" 2>/dev/null || true\n` : ''}if [ -e "$target" ]; then first=; else first=1; fi
rm -rf "$target"
mv "$target.new" "$target"
ln -sf "$target/streamai" "$link"
# What a person has switched off since the first time stays off.
if [ "$first" ]; then
  "$target/streamai" autostart on || true
  "$target/streamai" setup --no-wait || true
fi
"$target/streamai" open || true
say "StreamAI is installed: $target" "StreamAI est installé : $target"
case :$PATH: in
  *":$HOME/.local/bin:"*) ;;
  *) say "For the command streamai, add ~/.local/bin to your PATH." "Pour la commande streamai, ajoutez ~/.local/bin à votre PATH." ;;
esac
`;
}
