import type { Place, Word } from './tree.ts';

/** For zsh: as a file `_streamai` in a folder of $fpath, or sourced after compinit. */
export function zshCompletion(places: readonly Place[], program: string): string {
  const name = `_${program}`;
  const steps = places.flatMap(({ path, commands }) =>
    commands.map((command) => `      '${path}/${command}') place='${path === '' ? command : `${path} ${command}`}' ;;`),
  );
  const values = places.flatMap(({ path, values: all }) =>
    all.flatMap(({ names, words }) => names.map((option) => `    '${path}/${option}') found=(${list(words)}) ;;`)),
  );
  const words = places.map(({ path, words: all }) => `      '${path}') found=(${list(all)}) ;;`);
  return `#compdef ${program}
# ${program}: completion for zsh. In ~/.zshrc, after compinit:  eval "$(${program} completion zsh)"
${name}() {
  local place='' i
  local -a found
  for ((i = 2; i < CURRENT; i++)); do
    case "$place/\${words[i]}" in
${steps.join('\n')}
    esac
  done
  case "$place/\${words[CURRENT - 1]}" in
${values.join('\n')}
    *) case "$place" in
${words.join('\n')}
    esac ;;
  esac
  _describe '${program}' found
}
if [ "$funcstack[1]" = '${name}' ]; then
  ${name} "$@"
else
  compdef ${name} ${program}
fi
`;
}

/** `_describe` takes `word:summary`. */
const list = (words: readonly Word[]): string =>
  words.map(({ text, summary }) => quoted(`${text.replace(/[\\:]/g, '\\$&')}:${summary}`)).join(' ');
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
