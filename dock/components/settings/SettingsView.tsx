import { useEffect, useRef } from 'preact/hooks';
import { nameStamps } from '../../../shared/naming.ts';
import type { TemplateWord } from '../../../shared/template.ts';
import { agent } from '../../agent/store.ts';
import { milestone } from '../../announce.ts';
import { reconnectObs, settingsEditor } from '../../dock.ts';
import { awayReason, t } from '../../i18n/language.ts';
import { ActionButton } from '../base/ActionButton.tsx';
import { DestinationTest } from './DestinationTest.tsx';
import { LookFields } from './LookFields.tsx';
import { Orphans } from './Orphans.tsx';
import { SettingsField } from './SettingsField.tsx';
import { type GroupId, groups } from './settings-fields.ts';

/** Everything that can be set. What is typed waits for “Save”, and survives a look at the recordings. */
export function SettingsView() {
  const words = t.value.settings;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
    return () => document.querySelector<HTMLElement>('[data-testid="settings"]')?.focus();
  }, []);
  const save = async (): Promise<void> => {
    if (await settingsEditor.save()) milestone.value = t.peek().saved;
  };
  return (
    <section class="stack" data-testid="settings-view" aria-labelledby="settings-heading">
      <h2 id="settings-heading" class="heading" ref={heading} tabIndex={-1}>
        {words.open}
      </h2>
      <Group id="look">
        <LookFields />
      </Group>
      {groups.map(({ id, fields }) => (
        <Group key={id} id={id}>
          {fields.map((field) => (
            <SettingsField key={field.name} field={field} />
          ))}
          <Extras id={id} />
        </Group>
      ))}
      {settingsEditor.dirty.value ? (
        <div class="row save-bar">
          <span class="grow">{words.unsaved}</span>
          <ActionButton testId="settings-undo" label={words.discard} onPress={() => settingsEditor.undo()} />
          <ActionButton testId="settings-save" label={t.value.save} primary reason={awayReason.value} onPress={save} />
        </div>
      ) : null}
    </section>
  );
}

interface GroupProps {
  readonly id: GroupId | 'look';
  readonly children: preact.ComponentChildren;
}

function Group({ id, children }: GroupProps) {
  return (
    <section class="card stack" aria-labelledby={`group-${id}`} data-group={id}>
      <h3 id={`group-${id}`} class="subheading">
        {t.value.settings.groups[id]}
      </h3>
      {children}
    </section>
  );
}

/** What a group has besides its fields. */
function Extras({ id }: { readonly id: GroupId }) {
  const words = t.value.settings;
  if (id === 'obs') {
    return (
      <div class="row">
        <ActionButton testId="settings-reconnect" label={words.reconnect} icon="retry" onPress={reconnectObs} />
      </div>
    );
  }
  if (id === 'recording') return <NamePreview />;
  if (id === 'processing') return <DestinationTest id="processing" saves />;
  if (id !== 'storage') return null;
  return (
    <>
      <DestinationTest id="object-storage" saves />
      {agent.value?.destinations.some((one) => one.id === 'object-storage' && one.configured) ? <Orphans /> : null}
    </>
  );
}

/** The next name, as the agent knows it; while a template is being typed, what that makes today. `…` is still to be filled. */
function NamePreview() {
  const words = t.value.settings;
  const { suggestedName = '', fields } = agent.value?.nextSession ?? {};
  const typed = settingsEditor.draft.value.nameTemplate;
  const samples: Readonly<Record<TemplateWord, string>> = {
    ...nameStamps(new Date()),
    scene: words.sampleScene,
    profile: words.sampleProfile,
    counter: '12',
    take: '1',
  };
  const known: Readonly<Record<string, string | undefined>> = { ...fields, ...samples };
  return (
    <>
      <p class="muted" data-testid="name-preview">
        {words.preview(
          typed === undefined
            ? suggestedName
            : String(typed).replace(/\{([^{}]+)\}/g, (_, name: string) => known[name] || '…'),
        )}
      </p>
      <p class="muted">
        {words.templateHint(
          Object.keys(samples)
            .map((word) => `{${word}}`)
            .join(' '),
        )}
      </p>
    </>
  );
}
