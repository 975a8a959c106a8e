import type { Place } from './tree.ts';

/** For fish: as `~/.config/fish/completions/streamai.fish`, or sourced. */
export function fishCompletion(places: readonly Place[], program: string): string {
  const at = `__${program}_at`;
  const steps = places.flatMap(({ path, commands }) =>
    commands.map(
      (command) =>
        `      case '${path}/${command}'\n        set place '${path === '' ? command : `${path} ${command}`}'`,
    ),
  );
  const lines = places.flatMap(({ path, words, values }) => {
    const here = `complete -c ${program} -f -n '${at} "${path}"'`;
    const withValue = new Map(values.flatMap(({ names, words: all }) => names.map((name) => [name, all] as const)));
    return words.map(({ text, summary }) => {
      const about = `-d ${quoted(summary)}`;
      if (!text.startsWith('-')) return `${here} -a ${quoted(text)} ${about}`;
      const name = text.startsWith('--') ? `-l ${text.slice(2)}` : `-s ${text.slice(1)}`;
      const choices = withValue.get(text);
      if (choices === undefined) return `${here} ${name} ${about}`;
      return `${here} ${name} -x ${choices.length === 0 ? '' : `-a ${quoted(choices.map((each) => each.text).join(' '))} `}${about}`;
    });
  });
  return `# ${program}: completion for fish. In ~/.config/fish/config.fish:  ${program} completion fish | source
function ${at}
  set -l place ''
  for word in (commandline -opc)[2..]
    switch "$place/$word"
${steps.join('\n')}
    end
  end
  test "$place" = "$argv[1]"
end
complete -c ${program} -f
${lines.join('\n')}
`;
}

const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
