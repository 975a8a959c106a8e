/** What `streamai` hands to the system, shown by the system's own programs: completion in real shells, units, desktop entries. */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unitText } from '../../agent/cli/autostart/systemd-unit.ts';
import { desktopEntry } from '../../agent/cli/autostart/xdg-autostart.ts';
import { testCli } from '../../agent/cli/cli-fixture.ts';
import { completionScripts, type Shell, shells } from '../../agent/cli/completion/completion.ts';
import { completionPlaces } from '../../agent/cli/completion/tree.ts';
import { buildProgram } from '../../agent/cli/program.ts';
import { describePeer } from '../rig/describe-peer.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'streamai-cli-system-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}
function run(program: string, args: readonly string[], env: Record<string, string> = {}): Promise<Said> {
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env.PATH, HOME: folder, LC_ALL: 'C.UTF-8', ...env }, timeout: 30_000 };
    execFile(program, args, options, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), out, err });
    });
  });
}

async function scriptFor(shell: Shell, language: 'en' | 'fr'): Promise<string> {
  const file = path.join(folder, `${language}.${shell}`);
  const places = completionPlaces(buildProgram(testCli(language).cli));
  await writeFile(file, completionScripts[shell](places, 'streamai'));
  return file;
}

const readers: Readonly<Record<'bash' | 'zsh' | 'fish', (script: string, typed: string) => Promise<Said>>> = {
  bash: (script, typed) => {
    const words = typed.split(' ');
    const code = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _streamai_completion; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return run('bash', ['--norc', '--noprofile', '-c', code, 'bash', script, ...words]);
  },
  // What zsh's own completion was handed, in a real line editor on a terminal of zsh's own.
  zsh: (script, typed) => {
    const code = `
      zmodload zsh/zpty
      zpty inner zsh -f -i
      zpty -w inner "PS1=; unsetopt prompt_cr zle_bracketed_paste; autoload -U compinit; compinit -u -D; source '$1'"
      zpty -w inner "handed() { compadd() { if [[ \\\${@[1,(i)(-|--)]} == *-O* ]]; then builtin compadd \\"\\$@\\"; else local -a found; builtin compadd -O found \\"\\$@\\"; print -rl -- \\$found >> '$3'; fi; }; _main_complete; unfunction compadd; print -r -- done >> '$3'; }"
      zpty -w inner 'zle -C handed complete-word handed; bindkey "^T" handed'
      zpty -w inner "print ready > '$3.ready'"
      repeat 200; do [[ -e "$3.ready" ]] && break; zselect -t 5; done
      zpty -n -w inner "$2"$'\\C-t'
      repeat 200; do zselect -t 5; grep -q '^done$' "$3" 2>/dev/null && break; done
      grep -v '^done$' "$3" | sort -u
      zpty -d inner`;
    const file = path.join(folder, `handed-${Math.random()}`);
    return run('zsh', ['-f', '-c', `zmodload zsh/zselect; ${code}`, 'zsh', script, typed, file], { TERM: 'xterm' });
  },
  fish: (script, typed) => run('fish', ['--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', script, typed]),
};

for (const shell of ['bash', 'zsh', 'fish'] as const) {
  await describePeer([shell], `completion in ${shell}`, () => {
    test.each<[typed: string, found: string[]]>([
      ['streamai sta', ['start', 'status']],
      ['streamai record s', ['split', 'start', 'status', 'stop']],
      ['streamai autostart o', ['off', 'on']],
      ['streamai record start --subtitle-model s', ['small']],
      ['streamai sessions --filter u', ['uploaded', 'uploading']],
      ['streamai completion z', ['zsh']],
      ['streamai token --n', ['--new']],
      ['streamai --json --v', ['--version']],
      ['streamai upload --no', ['--no-wait']],
    ])('%s', async (typed, found) => {
      const { out, err } = await readers[shell](await scriptFor(shell, 'en'), typed);
      const words = out.split('\n').map((line) => line.split('\t')[0] ?? '');
      expect({ words: words.filter((word) => word !== '').sort(), err }).toEqual({ words: found, err: '' });
    });
    test('in French, with its apostrophes', async () => {
      const { out, err } = await readers[shell](await scriptFor(shell, 'fr'), 'streamai op');
      expect({ first: out.split(/[\t\n]/)[0], err }).toEqual({ first: 'open', err: '' });
      if (shell === 'fish') expect(out).toContain('le dock dans le navigateur');
    });
  });
}

test.each(shells)('the script for %s has every command', async (shell) => {
  const { cli } = testCli();
  const program = buildProgram(cli);
  const script = completionScripts[shell](completionPlaces(program), 'streamai');
  for (const command of program.commands) expect(script).toContain(command.name());
});

/** Where a person may have put it. */
const places = [
  'plain',
  'with blanks',
  '100% %h',
  'Zoë & <b>',
  'a "quoted" one',
  "it's $HOME",
  'back\\slash',
  '`id`;#',
];

await describePeer(['systemdAnalyze'], 'systemd', () => {
  test.each(places)('takes the unit for a program in %s, and finds it', async (name) => {
    const program = path.join(folder, 'units', name, 'streamai');
    await mkdir(path.dirname(program), { recursive: true });
    await writeFile(program, '#!/bin/sh\n');
    await chmod(program, 0o755);
    const unit = path.join(folder, 'streamai.service');
    await writeFile(unit, unitText([program, 'start', name]));
    const runtime = { XDG_RUNTIME_DIR: folder };
    expect(await run('systemd-analyze', ['--user', 'verify', unit], runtime)).toEqual({ code: 0, out: '', err: '' });
    // It looks for the program, where that is the one that it starts itself.
    await rm(program);
    const { err } = await run('systemd-analyze', ['--user', 'verify', unit], runtime);
    expect(err.includes('is not executable')).toBe(!/["'\\]/.test(name));
  });
});

await describePeer(['desktopFileValidate'], 'the desktop', () => {
  test.each(places)('takes the entry for a program in %s', async (name) => {
    const entry = path.join(folder, 'streamai.desktop');
    await writeFile(entry, desktopEntry([path.join(folder, name, 'streamai'), 'start', name]));
    expect(await run('desktop-file-validate', [entry])).toEqual({ code: 0, out: '', err: '' });
  });
  test('looks: one that is not right is refused', async () => {
    const entry = path.join(folder, 'wrong.desktop');
    await writeFile(entry, desktopEntry(['/opt/x', 'start']).replace('Exec="/opt/x"', 'Exec="/opt/x'));
    expect((await run('desktop-file-validate', [entry])).code).not.toBe(0);
  });
});
