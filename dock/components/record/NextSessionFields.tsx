import type { SubtitleModel } from '../../../shared/domain.ts';
import { activeSession } from '../../agent/store.ts';
import { attempt, nextSession } from '../../dock.ts';
import { awayReason, t } from '../../i18n/language.ts';
import { ErrorNote } from '../base/ErrorNote.tsx';
import { asChoices, Select } from '../base/Select.tsx';
import { TextField } from '../base/TextField.tsx';

/**
 * `subtitleModels`. Not imported from shared/domain.ts, which would bring zod into the page; the type keeps both the same.
 */
const models = Object.keys({
  tiny: true,
  base: true,
  small: true,
  medium: true,
  large: true,
} satisfies Record<SubtitleModel, true>) as SubtitleModel[];
const priorities = asChoices(Array.from({ length: 10 }, (_, index) => String(index + 1)));

/** The name and the choices of the current recording, else of the next one, whoever starts it. */
export function NextSessionFields() {
  const words = t.value.next;
  const next = nextSession.shown.value;
  const problem = nextSession.problem.value;
  const active = activeSession.value !== null;
  if (next === null) return null;
  const reason = awayReason.value;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a grid in every Chromium that OBS brings
    <div class="stack" role="group" aria-label={active ? words.now : words.group}>
      <label class="field">
        <span class="muted">{words.name}</span>
        <input
          type="text"
          id="session-name"
          data-testid="session-name"
          autocomplete="off"
          spellcheck={false}
          aria-keyshortcuts="N"
          aria-invalid={problem !== null}
          {...(problem === null ? {} : { 'aria-describedby': 'session-name-error' })}
          placeholder={active ? '' : next.suggestedName}
          value={nextSession.name.value}
          onFocus={nextSession.focus}
          onInput={(event) => nextSession.type(event.currentTarget.value)}
          onBlur={nextSession.blur}
          onKeyDown={(event) => {
            if (event.key === 'Enter' || event.key === 'Escape') event.currentTarget.blur();
          }}
        />
      </label>
      {problem === null ? null : <ErrorNote info={problem} alert id="session-name-error" />}
      {active ? null : (
        <div class="own-fields">
          {Object.entries(next.fields).map(([name, value]) => (
            <TextField
              key={name}
              id={`field-${name}`}
              label={name}
              value={value}
              reason={reason}
              onSave={(text) => attempt((client) => client.changeNextSession({ fields: { [name]: text } }))}
            />
          ))}
        </div>
      )}
      <div class="choices">
        <label class="field">
          <span class="muted">{words.autoUpload}</span>
          <input
            type="checkbox"
            role="switch"
            data-testid="auto-upload"
            aria-label={words.autoUploadName}
            checked={next.autoUpload}
            aria-checked={next.autoUpload}
            disabled={reason !== undefined}
            title={reason}
            onChange={(event) => void nextSession.choose({ autoUpload: event.currentTarget.checked })}
          />
        </label>
        <span class="field">
          <span class="muted">{words.subtitleModel}</span>
          <Select
            testId="subtitle-model"
            label={words.subtitleModel}
            choices={asChoices(models)}
            value={next.subtitleModel}
            reason={reason}
            onChoose={(subtitleModel) => void nextSession.choose({ subtitleModel })}
          />
        </span>
        <span class="field" title={words.priorityHint}>
          <span class="muted">{words.priority}</span>
          <Select
            testId="priority"
            label={words.priority}
            choices={priorities}
            value={String(next.priority)}
            reason={reason}
            onChoose={(priority) => void nextSession.choose({ priority: Number(priority) })}
          />
        </span>
      </div>
    </div>
  );
}
