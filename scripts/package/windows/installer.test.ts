/** The installer's scripts, as far as they can be read; the Wine tests run what they make. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { setupName } from './windows.ts';

const read = (name: string): string => readFileSync(path.join(import.meta.dirname, name), 'utf8');
const scripts = readdirSync(import.meta.dirname).filter((name) => /\.ns[ih]$/.test(name));

test('everything that it says is said in English and in French, and everything that it asks for is there', () => {
  const said = [...read('words.nsh').matchAll(/^LangString (\w+) \$\{LANG_(\w+)\} ".+"$/gm)].map(
    ([, name, language]) => `${name} ${language}`,
  );
  const used = scripts.flatMap((name) => [...read(name).matchAll(/\$\((\w+)\)/g)].map(([, word]) => word));
  const expected = [...new Set(used)].flatMap((word) => [`${word} ENGLISH`, `${word} FRENCH`]);
  expect(said.sort()).toEqual(expected.sort());
});

describe('setup.nsi', () => {
  const setup = read('setup.nsi');
  test('asks for no administrator, and touches nothing of the machine’s', () => {
    expect(setup).toMatch(/^RequestExecutionLevel user$/m);
    expect(setup).not.toMatch(/HKLM|HKCR|\$PROGRAMFILES|SetShellVarContext all/);
  });
  test('ends the agent before it replaces or removes a file', () => {
    const [, install = '', uninstall = ''] = setup.split(/^Section(?: Uninstall)?$/m);
    for (const section of [install, uninstall]) {
      const ended = section.indexOf('EndAgent');
      const touched = section.search(/^ {2}(?:RMDir|File|Delete)/m);
      expect(ended).toBeGreaterThan(0);
      expect(touched).toBeGreaterThan(ended);
    }
  });
  test('removes no folder with what others may have put there', () => {
    const whole = [...setup.matchAll(/RMDir \/r (\S+)/g)].map(([, folder]) => folder);
    expect(whole.sort()).toEqual([
      '$INSTDIR\\app',
      '$INSTDIR\\app',
      '$INSTDIR\\bin',
      '$LOCALAPPDATA\\StreamAI',
      '$LOCALAPPDATA\\StreamAI\\Cache',
    ]);
  });
  test('takes away all that it wrote into the registry', () => {
    const written = new Set([...setup.matchAll(/^ *WriteReg\w+ (HKCU \S+) (\S+)/gm)].map(([, key]) => key));
    const whole = [...setup.matchAll(/^ *DeleteRegKey (HKCU \S+)$/gm)].map(([, key]) => key);
    expect(whole.sort()).toEqual([...written].sort());
    expect(setup).toMatch(/^ *DeleteRegValue HKCU \S+ StreamAI$/m);
  });
});

test('the installer’s name is that of nearly everybody’s Windows, and says where it is another one', () => {
  expect(setupName('1.2.3', 'x64')).toBe('StreamAI-1.2.3-setup.exe');
  expect(setupName('1.2.3', 'arm64')).toBe('StreamAI-1.2.3-arm64-setup.exe');
});
