import type { Place, Word } from './tree.ts';

/** For Windows PowerShell 5.1 and newer ones: dot-sourced from $PROFILE. */
export function powershellCompletion(places: readonly Place[], program: string): string {
  const steps = places.flatMap(({ path, commands }) =>
    commands.map(
      (command) => `      '${path}/${command}' { $place = '${path === '' ? command : `${path} ${command}`}' }`,
    ),
  );
  const values = places.flatMap(({ path, values: all }) =>
    all.flatMap(({ names, words }) => names.map((option) => `    '${path}/${option}' { ${table(words)} }`)),
  );
  const words = places.map(({ path, words: all }) => `      '${path}' { ${table(all)} }`);
  return `# ${program}: completion for PowerShell. In $PROFILE:  ${program} completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName ${program} -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $typed = @($commandAst.CommandElements | Select-Object -Skip 1 |
    Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.Extent.Text })
  $place = ''
  foreach ($word in $typed) {
    switch -CaseSensitive ("$place/$word") {
${steps.join('\n')}
    }
  }
  $before = if ($typed.Count -gt 0) { $typed[-1] } else { '' }
  $found = switch -CaseSensitive ("$place/$before") {
${values.join('\n')}
    default { switch ($place) {
${words.join('\n')}
    } }
  }
  $found | Where-Object { $_[0].StartsWith($wordToComplete, [StringComparison]::Ordinal) } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_[0], $_[0], 'ParameterValue', $_[1])
  }
}
`;
}

/** Pairs of word and summary, each kept together by the comma before it. */
const table = (words: readonly Word[]): string =>
  words.map(({ text, summary }) => `,@(${quoted(text)}, ${quoted(summary)})`).join('; ');
/** Curly apostrophes end a string in PowerShell as straight ones do. */
const quoted = (text: string): string => `'${text.replace(/['‘’‚‛]/g, '$&$&')}'`;
