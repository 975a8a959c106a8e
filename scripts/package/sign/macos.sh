#!/bin/sh
# A tarball of `npm run package -- mac` as a signed and notarised .pkg (README.md, on a Mac). `macos.sh FILE.tar.gz`
set -eu
tarball=${1:?Say which tarball: macos.sh FILE.tar.gz}
refuse() { echo "Nothing was signed: $1 (scripts/package/sign/README.md)." >&2; exit 1; }
[ -f "$tarball" ] || refuse "there is no $tarball"
[ -n "${STREAMAI_INSTALLER_IDENTITY:-}" ] || refuse "STREAMAI_INSTALLER_IDENTITY names no certificate"
[ -n "${STREAMAI_NOTARY_PROFILE:-}" ] || refuse "STREAMAI_NOTARY_PROFILE names no profile of notarytool"
for tool in pkgbuild xcrun codesign; do command -v "$tool" >/dev/null || refuse "$tool is not here"; done

name=$(basename "$tarball" .tar.gz)
version=$(echo "$name" | sed 's/^StreamAI-\(.*\)-macos-.*$/\1/')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/unpacked" "$work/scripts"
tar xzf "$tarball" -C "$work/unpacked"
# Signed by its makers, or it is not what this repository pins.
codesign --verify --strict "$work/unpacked/$name/node"
# Apple's installer runs as root; the program belongs to whoever is at the screen.
cat >"$work/scripts/postinstall" <<'SCRIPT'
#!/bin/sh
user=$(stat -f %Su /dev/console)
sudo -u "$user" -H sh "/private/tmp/StreamAI-installer/install.command"
rm -rf /private/tmp/StreamAI-installer
SCRIPT
chmod 755 "$work/scripts/postinstall"
package="$(dirname "$tarball")/$name.pkg"
pkgbuild --root "$work/unpacked/$name" --install-location /private/tmp/StreamAI-installer --scripts "$work/scripts" \
  --identifier local.streamai.agent --version "$version" --sign "$STREAMAI_INSTALLER_IDENTITY" --timestamp "$package"
xcrun notarytool submit "$package" --keychain-profile "$STREAMAI_NOTARY_PROFILE" --wait
xcrun stapler staple "$package"
echo "$package"
