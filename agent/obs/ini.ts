/** Just enough of OBS's ini files (libobs `config-file.c`): sections, `key=value`, no quoting, later keys win, UTF-8 with or without BOM. */
export function parseIni(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let section = new Map<string, string>();
  for (const raw of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    const line = raw.trim();
    const title = /^\[(.*)\]$/.exec(line)?.[1];
    if (title !== undefined) {
      section = sections.get(title) ?? new Map<string, string>();
      sections.set(title, section);
      continue;
    }
    const equals = line.indexOf('=');
    if (equals > 0 && !line.startsWith('#') && !line.startsWith(';')) {
      section.set(line.slice(0, equals).trim(), line.slice(equals + 1).trim());
    }
  }
  return sections;
}
