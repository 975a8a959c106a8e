/** Finds the product's regular expressions: each meets texts of others, and must take no longer than these are long. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseSync } from 'vite';
import { withRecheck } from './recheck.ts';

export interface FoundExpression {
  /** From the project's folder, with `/`. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly source: string;
  readonly flags: string;
}
/** One that is put together while the program runs. */
export interface MadeExpression extends Pick<FoundExpression, 'file' | 'line'> {
  /** As it stands there. */
  readonly code: string;
}

const folders = '{agent,server,shared,dock,scripts/launch}/**/*.{ts,tsx,mjs}';
const isOfTests = (file: string): boolean => /\.test\.tsx?$|-fixture\.tsx?$/.test(file);

/** Those that are put together while the program runs are looked at by people: where they are, and what bounds them. */
const lookedAt: Readonly<Record<string, string>> = {
  'agent/config/dot-env.ts': 'reads a file of the user’s own, once',
  'agent/files/split-files.ts': 'literal text around one `.*`, on one name',
  'shared/naming.ts': 'others of this file, with the flag g',
  'shared/template.ts': 'on names of a few hundred characters',
};

/** Says what is wrong with the product's regular expressions. @returns an exit code */
export async function checkExpressions(root: string, say: (line: string) => void = console.error): Promise<number> {
  const all = productFiles(root).map((file) => expressionsOf(root, file));
  const made = all.flatMap((each) => each.made).filter(({ file }) => !Object.hasOwn(lookedAt, file));
  for (const { file, line, code } of made)
    say(`${file}:${line} makes an expression that nobody has looked at: ${code}`);
  const slow = await withRecheck((judge) =>
    all
      .flatMap((each) => each.found)
      .map((found) => ({ ...found, ...judge(found.source, found.flags) }))
      .filter(({ linear }) => !linear),
  );
  for (const { file, line, source, flags, why } of slow)
    say(`${file}:${line} /${source}/${flags} can take long: ${why}`);
  return made.length + slow.length === 0 ? 0 : 1;
}

/** @param root the project's folder */
export function productFiles(root: string): string[] {
  return globSync(folders, { cwd: root })
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => !isOfTests(file) && !file.includes('node_modules/'))
    .sort();
}

export function expressionsOf(root: string, file: string): { found: FoundExpression[]; made: MadeExpression[] } {
  const text = readFileSync(path.join(root, file), 'utf8');
  const lineAt = (offset: number): number => text.slice(0, offset).split('\n').length;
  const found: FoundExpression[] = [];
  const made: MadeExpression[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { type, start, end, regex, callee } = node as Partial<SyntaxNode>;
    if (type === 'Literal' && regex !== undefined) {
      found.push({ file, line: lineAt(start ?? 0), source: regex.pattern, flags: regex.flags });
    }
    if ((type === 'NewExpression' || type === 'CallExpression') && callee?.name === 'RegExp') {
      made.push({ file, line: lineAt(start ?? 0), code: text.slice(start, end).replaceAll(/\s+/g, ' ') });
    }
    for (const child of Object.values(node)) visit(child);
  };
  visit(parseSync(file, text).program);
  return { found, made };
}

/** What is looked at of ESTree's nodes: https://github.com/estree/estree */
interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly regex: { readonly pattern: string; readonly flags: string };
  readonly callee: { readonly name?: string };
}
