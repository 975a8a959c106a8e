import type { Command } from 'commander';
import type { NextSessionChange } from '../../../shared/api.ts';
import { type NextSession, nextSessionSchema } from '../../../shared/domain.ts';
import { plainText } from '../../plain-text.ts';
import type { Cli } from '../cli.ts';
import { act, addCommand, type CommonOptions } from '../command.ts';
import { addChoices, type SessionChoices, sessionChoices } from '../session-choices.ts';
import type { Words } from '../words.ts';

type NextOptions = CommonOptions & SessionChoices & { readonly auto?: true; readonly field?: readonly string[] };
const route = '/api/integrated/next-session';

/** `next`: what the next recording gets, whoever starts it; with a name or options, changes that. */
export function addNext(parent: Command, cli: Cli): void {
  const own = cli.words.next;
  const given = (text: string, before: readonly string[] = []): string[] => [...before, text];
  addChoices(addCommand(parent, cli, 'next', own.summary), cli)
    .argument('[name]', own.name)
    .option('--auto', own.auto)
    .option('--field <name=value>', own.field, given)
    .action(
      act(cli, (name: string | undefined, options: NextOptions) =>
        cli.withAgent(async (agent) => {
          const change = nextChange(name, options);
          const next =
            Object.keys(change).length === 0
              ? await agent.ask('GET', route, nextSessionSchema)
              : await agent.ask('PUT', route, nextSessionSchema, change);
          cli.answer(next, () => nextLines(next, cli.words).join('\n'));
        }),
      ),
    );
}

/** What is to change. A field without `=` is emptied. */
export function nextChange(name: string | undefined, options: NextOptions): NextSessionChange {
  const fields = (options.field ?? []).map((text) => {
    const at = text.indexOf('=');
    return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
  });
  return {
    ...(options.auto ? { name: null } : {}),
    ...(name === undefined ? {} : { name }),
    ...sessionChoices(options),
    ...(fields.length === 0 ? {} : { fields: Object.fromEntries(fields) }),
  };
}

/** One line each: the name, the template's fields, the choices. */
export function nextLines(next: NextSession, { next: own }: Words): string[] {
  const lines = [
    next.name === null ? own.suggested(next.suggestedName) : own.named(next.name),
    ...Object.entries(next.fields).map(([field, value]) => own.fieldIs(field, value)),
    next.autoUpload ? own.uploaded : own.notUploaded,
    own.model(next.subtitleModel),
    own.priority(next.priority),
  ];
  return lines.map(plainText);
}
