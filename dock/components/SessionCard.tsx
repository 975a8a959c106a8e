import type { Session } from '../../shared/domain.ts';
import { formatBytes } from '../../shared/format.ts';
import { canUploadNow, sessionBytes } from '../agent/session-view.ts';
import { agentConnected } from '../agent/store.ts';
import { uploadNow } from '../dock.ts';
import { formatDuration, formatMoment } from '../format.ts';
import { language, t } from '../i18n/language.ts';
import { plural } from '../i18n/plural.ts';
import { ActionButton } from './ActionButton.tsx';
import { Shape, type ShapeKind } from './Shape.tsx';
import { UploadRow } from './UploadRow.tsx';

const shapes: Record<Session['state'], ShapeKind | null> = {
  recording: 'recording',
  paused: 'paused',
  stopping: 'busy',
  finalising: 'busy',
  recorded: null,
  interrupted: 'warn',
};

/** One session, its whole life in one place. */
export function SessionCard({ session }: { readonly session: Session }) {
  const words = t.value;
  const { id, name, state, recordings } = session;
  const uploads = recordings.flatMap((recording) => recording.uploads.map((upload) => ({ recording, upload })));
  const shape = shapes[state];
  const several = recordings.length > 1;
  return (
    <article
      class="card stack session"
      data-testid="session-card"
      data-session-id={id}
      data-state={state}
      aria-labelledby={`session-${id}`}
    >
      <h3 id={`session-${id}`} class="session-name">
        {name}
      </h3>
      <Facts session={session} />
      {state === 'recorded' && uploads.length > 0 ? null : (
        <p class={`state state-${state}`}>
          {shape === null ? null : <Shape kind={shape} />}
          {words.sessions.state[state]}
        </p>
      )}
      {recordings.some((recording) => recording.state === 'missing') ? (
        <p class="state state-interrupted">
          <Shape kind="warn" />
          {words.sessions.missing}
        </p>
      ) : null}
      {uploads.map(({ recording, upload }) => (
        <UploadRow
          key={upload.id}
          upload={upload}
          name={several ? recording.fileName : name}
          label={several ? words.sessions.file(String(recording.number)) : null}
        />
      ))}
      {!canUploadNow(session) ? null : (
        <div class="row">
          <ActionButton
            testId="upload-now"
            label={words.upload.now}
            name={words.upload.of(words.upload.now, name)}
            reason={agentConnected.value ? undefined : words.agentAway.message}
            onPress={() => uploadNow(id)}
          />
        </div>
      )}
    </article>
  );
}

function Facts({ session }: { readonly session: Session }) {
  const { recordings, durationMs, startedAt } = session;
  const bytes = sessionBytes(session);
  const containers = [...new Set(recordings.flatMap(({ container }) => (container === null ? [] : [container])))];
  const facts = [
    formatMoment(startedAt, language.value),
    ...(durationMs > 0 ? [formatDuration(durationMs, language.value)] : []),
    ...(bytes > 0 ? [formatBytes(bytes, language.value)] : []),
    ...containers.filter((container) => container !== 'unknown').map((container) => container.toUpperCase()),
    ...(recordings.length > 1 ? [plural(language.value, t.value.sessions.files, recordings.length)] : []),
  ];
  return (
    <p class="facts muted">
      {facts.map((fact) => (
        <span key={fact}>{fact}</span>
      ))}
    </p>
  );
}
