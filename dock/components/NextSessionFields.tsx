import type { SubtitleModel } from '../../shared/domain.ts';
import { agentConnected } from '../agent/store.ts';
import { nextSession } from '../dock.ts';
import { t } from '../i18n/language.ts';
import { ErrorNote } from './ErrorNote.tsx';

/** `subtitleModels` of shared/domain.ts, which would bring zod into the page; the type keeps both the same. */
const models = Object.keys({
  tiny: true,
  base: true,
  small: true,
  medium: true,
  large: true,
} satisfies Record<SubtitleModel, true>) as SubtitleModel[];
const priorities = Array.from({ length: 10 }, (_, index) => index + 1);

/** What the next recording gets, whoever starts it. */
export function NextSessionFields() {
  const words = t.value.next;
  const next = nextSession.shown.value;
  const problem = nextSession.problem.value;
  const away = !agentConnected.value;
  if (next === null) return null;
  const reason = away ? { title: words.needsAgent, 'aria-describedby': 'next-reason' } : {};
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a grid in every Chromium that OBS brings
    <div class="next-session" role="group" aria-label={words.group}>
      <label class="field wide">
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
          placeholder={next.suggestedName}
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
      <label class="switch wide" {...reason}>
        <input
          type="checkbox"
          role="switch"
          data-testid="auto-upload"
          checked={next.autoUpload}
          aria-checked={next.autoUpload}
          disabled={away}
          onChange={(event) => void nextSession.choose({ autoUpload: event.currentTarget.checked })}
        />
        <span>{words.autoUpload}</span>
      </label>
      <label class="field" {...reason}>
        <span class="muted">{words.subtitleModel}</span>
        <select
          data-testid="subtitle-model"
          value={next.subtitleModel}
          disabled={away}
          onChange={(event) => void nextSession.choose({ subtitleModel: event.currentTarget.value as SubtitleModel })}
        >
          {models.map((model) => (
            <option key={model} value={model}>
              {model}
            </option>
          ))}
        </select>
      </label>
      <label class="field" title={words.priorityHint} {...reason}>
        <span class="muted">{words.priority}</span>
        <select
          data-testid="priority"
          value={String(next.priority)}
          disabled={away}
          onChange={(event) => void nextSession.choose({ priority: Number(event.currentTarget.value) })}
        >
          {priorities.map((priority) => (
            <option key={priority} value={String(priority)}>
              {priority}
            </option>
          ))}
        </select>
      </label>
      {away ? (
        <p id="next-reason" class="muted wide">
          {words.needsAgent}
        </p>
      ) : null}
    </div>
  );
}
