/** What a terminal runs as `streamai`: Node with the flags that keep it small (scripts/launch/commands.mjs), in its own folder. */
import { packagedNodeFlags } from '../launch/commands.mjs';

const flags = packagedNodeFlags.join(' ');

/** For Linux and macOS; may be a link to itself, as in /usr/bin. */
export function shellScript(): string {
  return `#!/bin/sh
self=$0
while [ -L "$self" ]; do
  link=$(readlink "$self")
  case $link in
    /*) self=$link ;;
    *) self=$(dirname "$self")/$link ;;
  esac
done
here=$(cd "$(dirname "$self")" && pwd -P) || exit 1
exec "$here/node" ${flags} "$here/app/main.mjs" "$@"
`;
}

/** For Windows, in `bin`; libuv reads the number of threads before JavaScript runs (scripts/launch/run-command.mjs). */
export function commandScript(): string {
  return [
    '@echo off',
    'setlocal',
    'if not defined UV_THREADPOOL_SIZE set UV_THREADPOOL_SIZE=16',
    `"%~dp0..\\node.exe" ${flags} "%~dp0..\\app\\main.mjs" %*`,
    '',
  ].join('\r\n');
}
