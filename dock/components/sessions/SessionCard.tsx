import { Fragment } from 'preact';
import type { Session } from '../../../shared/domain.ts';
import { formatBytes } from '../../../shared/format.ts';
import { formatDuration, formatMoment } from '../../format.ts';
import { language, t } from '../../i18n/language.ts';
import { type PluralForms, plural } from '../../i18n/plural.ts';
import { detailsPanel, openPanel, openSettings } from '../../panels.ts';
import { openDetails, toggleDetails } from '../../view.ts';
import { ActionButton } from '../base/ActionButton.tsx';
import { ErrorNote } from '../base/ErrorNote.tsx';
import { Facts } from '../base/Facts.tsx';
import { Icon } from '../base/Icon.tsx';
import { Shape, type ShapeKind } from '../base/Shape.tsx';
import { AskedFile } from './AskedFile.tsx';
import { cardUploads, leftFiles, sessionBytes, shownNotices, uploadsOf, wantsUpload } from './session-view.ts';
import { Thumbnail } from './Thumbnail.tsx';
import { UploadNow } from './UploadNow.tsx';
import { UploadRow } from './UploadRow.tsx';

const shapes: Record<Session['state'], ShapeKind | null> = {
  recording: 'recording',
  paused: 'paused',
  stopping: 'busy',
  finalising: 'busy',
  recorded: null,
  interrupted: 'warn',
};

/** One session: what it is, its uploads, and what went wrong. Everything else is in its details. */
export function SessionCard({ session }: { readonly session: Session }) {
  const words = t.value.sessions;
  const { id, name, state, recordings } = session;
  const { rows, doneCount } = cardUploads(session);
  const uploadCount = uploadsOf(session).length;
  const Details = detailsPanel.loaded.value?.SessionDetails;
  const isOpen = openDetails.value.has(id);
  return (
    <article
      class="card stack"
      data-testid="session-card"
      data-session-id={id}
      data-state={state}
      aria-labelledby={`session-${id}`}
    >
      <header class="card-head">
        {session.thumbnail ? <Thumbnail id={id} /> : null}
        <div class="grow">
          <h3 id={`session-${id}`} class="subheading">
            {name}
          </h3>
          <SessionFacts session={session} />
        </div>
        <button
          type="button"
          class="bare disclosure"
          data-testid="details"
          aria-label={words.detailsOf(name)}
          aria-expanded={isOpen}
          aria-controls={`details-${id}`}
          title={words.detailsOf(name)}
          onClick={() => openPanel(detailsPanel, () => toggleDetails(id))}
        >
          <Icon name="details" />
        </button>
      </header>
      {state === 'recorded' && uploadCount > 0 ? null : <StateLine shape={shapes[state]} text={words.state[state]} />}
      {session.metadata.discarded ? <StateLine shape={null} text={words.discarded} /> : null}
      {recordings.some((recording) => recording.state === 'missing') ? (
        <StateLine shape="warn" text={words.missing} />
      ) : null}
      {recordings.some((recording) => recording.state === 'deleted') ? (
        <StateLine shape={null} text={words.deleted} />
      ) : null}
      {doneCount === null ? null : (
        <StateLine
          shape={doneCount === uploadCount ? 'ok' : 'busy'}
          text={t.value.upload.summary(String(doneCount), plural(language.value, words.uploads, uploadCount))}
        />
      )}
      {shownNotices(session).map(({ info, ask, held }) => (
        <Fragment key={info.message}>
          <ErrorNote info={info} />
          {info.code === 'path_not_reachable' ? (
            <div class="row">
              <ActionButton testId="set-mapping" label={t.value.settings.open} icon="settings" onPress={openSettings} />
            </div>
          ) : null}
          {ask === null ? null : <AskedFile session={session} file={ask} held={held} />}
        </Fragment>
      ))}
      {leftFiles(session).map((file) => (
        <StateLine key={file} shape={null} text={words.left(file)} />
      ))}
      {rows.map(({ recording, upload }) => (
        <UploadRow
          key={upload.id}
          upload={upload}
          name={recordings.length > 1 ? recording.fileName : name}
          file={recordings.length > 1 ? recording.number : null}
          several={uploadCount > 1}
        />
      ))}
      {wantsUpload(session) ? <UploadNow session={session} primary /> : null}
      {isOpen && Details ? <Details session={session} /> : null}
    </article>
  );
}

function StateLine({ shape, text }: { readonly shape: ShapeKind | null; readonly text: string }) {
  return (
    <p class={shape === null ? 'state muted' : 'state'}>
      {shape === null ? null : <Shape kind={shape} />}
      <span>{text}</span>
    </p>
  );
}

function SessionFacts({ session }: { readonly session: Session }) {
  const { recordings, durationMs, startedAt, marks } = session;
  const bytes = sessionBytes(session);
  const count = (forms: PluralForms, of: readonly unknown[]): string => plural(language.value, forms, of.length);
  return (
    <Facts
      facts={[
        formatMoment(startedAt, language.value),
        durationMs > 0 && formatDuration(durationMs, language.value),
        bytes > 0 && formatBytes(bytes, language.value),
        recordings.length > 1 && count(t.value.sessions.files, recordings),
        marks.length > 0 && count(t.value.marks.count, marks),
      ]}
    />
  );
}
