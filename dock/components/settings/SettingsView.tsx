import { useEffect, useRef } from 'preact/hooks';
import { nameStamps } from '../../../shared/naming.ts';
import type { TemplateWord } from '../../../shared/template.ts';
import { agent } from '../../agent/store.ts';
import { milestone } from '../../announce.ts';
import { reconnectObs } from '../../dock.ts';
import { awayReason, t } from '../../i18n/language.ts';
import { settingsWords } from '../../i18n/settings-words.ts';
import { ActionButton } from '../base/ActionButton.tsx';
import { DestinationTest, type FirstAction } from '../base/DestinationTest.tsx';
import { Doctor } from './Doctor.tsx';
import { settingsEditor } from './editor.ts';
import { LookFields } from './LookFields.tsx';
import { NewToken } from './NewToken.tsx';
import { Orphans } from './Orphans.tsx';
import { SettingsField } from './SettingsField.tsx';
import { type GroupId, groups } from './settings-fields.ts';

export { default as css } from '../../styles/settings.css?inline';

/** Every setting, in groups. What is typed waits for “Save”, and is kept while the recordings are shown instead. */
export function SettingsView() {
  const words = settingsWords.value;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
    // Back to the button that opened the settings.
    return () => document.querySelector<HTMLElement>('[data-testid="settings"]')?.focus();
  }, []);
  const save = async (): Promise<void> => {
    if (await settingsEditor.save()) milestone.value = t.peek().saved;
  };
  return (
    <section class="stack" data-testid="settings-view" aria-labelledby="settings-heading">
      <h2 id="settings-heading" class="heading" ref={heading} tabIndex={-1}>
        {t.value.settings.open}
      </h2>
      <Group id="look">
        <LookFields />
      </Group>
      {groups.map(({ id, fields }) => (
        <Group key={id} id={id}>
          {fields.map((field) => (
            <SettingsField key={field.name} field={field} />
          ))}
          <GroupExtras id={id} />
        </Group>
      ))}
      <Group id="doctor">
        <Doctor />
      </Group>
      <Group id="access">
        <NewToken />
      </Group>
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
  readonly id: GroupId | 'look' | 'access' | 'doctor';
  readonly children: preact.ComponentChildren;
}

function Group({ id, children }: GroupProps) {
  return (
    <section class="card stack" aria-labelledby={`group-${id}`} data-group={id}>
      <h3 id={`group-${id}`} class="subheading">
        {settingsWords.value.groups[id]}
      </h3>
      {children}
    </section>
  );
}

/** The agent tests with the settings that it has: typed ones are saved first. */
function saveFirst(): FirstAction | undefined {
  return settingsEditor.dirty.value ? { label: settingsWords.value.testSaves, run: settingsEditor.save } : undefined;
}

/** What a group has besides its fields. */
function GroupExtras({ id }: { readonly id: GroupId }) {
  const words = settingsWords.value;
  if (id === 'obs') {
    return (
      <div class="row">
        <ActionButton testId="settings-reconnect" label={words.reconnect} icon="retry" onPress={reconnectObs} />
      </div>
    );
  }
  if (id === 'recording') return <NamePreview />;
  if (id === 'processing') return <DestinationTest id="processing" first={saveFirst()} />;
  if (id !== 'storage') return null;
  return (
    <>
      <DestinationTest id="object-storage" first={saveFirst()} />
      {agent.value?.destinations.some((one) => one.id === 'object-storage' && one.configured) ? <Orphans /> : null}
    </>
  );
}

/**
 * The name that the next session gets by the template: the agent's; while another template is being typed, an example with
 * today's date. `…` stands for a field that is not filled yet.
 */
function NamePreview() {
  const words = settingsWords.value;
  const { suggestedName = '', fields } = agent.value?.nextSession ?? {};
  const typedTemplate = settingsEditor.draft.value.nameTemplate;
  const samples: Readonly<Record<TemplateWord, string>> = {
    ...nameStamps(new Date()),
    scene: words.sampleScene,
    profile: words.sampleProfile,
    counter: '12',
    take: '1',
  };
  const values: Readonly<Record<string, string | undefined>> = { ...fields, ...samples };
  return (
    <>
      <p class="muted" data-testid="name-preview">
        {words.preview(
          typedTemplate === undefined
            ? suggestedName
            : String(typedTemplate).replace(/\{([^{}]+)\}/g, (_, name: string) => values[name] || '…'),
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
