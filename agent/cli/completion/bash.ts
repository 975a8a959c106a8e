import type { Place } from './tree.ts';

/** For bash 3.2 and newer, without the package bash-completion. Everything that it completes is a plain word. */
export function bashCompletion(places: readonly Place[], program: string): string {
  const name = `_${program}_completion`;
  const steps = places.flatMap(({ path, commands }) =>
    commands.map((command) => `      '${path}/${command}') place='${path === '' ? command : `${path} ${command}`}' ;;`),
  );
  const values = places.flatMap(({ path, values: all }) =>
    all.flatMap(({ names, words }) =>
      names.map((option) => `    '${path}/${option}') words='${words.map(({ text }) => text).join(' ')}' ;;`),
    ),
  );
  const words = places.map(
    ({ path, words: all }) => `    '${path}') words='${all.map(({ text }) => text).join(' ')}' ;;`,
  );
  return `# ${program}: completion for bash. In ~/.bashrc:  eval "$(${program} completion bash)"
${name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}" place='' words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$place/\${COMP_WORDS[i]}" in
${steps.join('\n')}
    esac
  done
  case "$place/$before" in
${values.join('\n')}
    *) case "$place" in
${words.map((line) => `  ${line}`).join('\n')}
    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F ${name} ${program}
`;
}
