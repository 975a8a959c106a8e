import type { Session } from '../../../shared/domain.ts';
import { formatBytes } from '../../../shared/format.ts';
import { detailsCalls } from '../../agent/details-calls.ts';
import { ask, attempt } from '../../dock.ts';
import { detailsWords } from '../../i18n/details-words.ts';
import { awayReason, language, t } from '../../i18n/language.ts';
import { ActionButton } from '../base/ActionButton.tsx';
import { ConfirmButton } from '../base/ConfirmButton.tsx';
import { Facts } from '../base/Facts.tsx';
import { TextField } from '../base/TextField.tsx';
import { MarkList } from './MarkList.tsx';
import { canUpload, isOver, uploadsOf, wantsUpload } from './session-view.ts';
import { UploadDetails } from './UploadDetails.tsx';
import { UploadNow } from './UploadNow.tsx';

export { default as css } from '../../styles/details.css?inline';

/** Everything about a session that its card leaves out. */
export function SessionDetails({ session }: { readonly session: Session }) {
  const words = detailsWords.value;
  const { id, name, notes, recordings } = session;
  const { actionOn } = t.value;
  const reason = awayReason.value;
  const over = isOver(session);
  const hasFiles = recordings.some(({ state }) => state !== 'missing' && state !== 'deleted');
  return (
    <div id={`details-${id}`} class="details stack" data-testid="session-details">
      <TextField
        id={`name-${id}`}
        label={words.rename}
        value={name}
        reason={reason}
        onSave={(text) => attempt((client) => client.changeSession(id, { name: text }))}
      />
      <TextField
        id={`notes-${id}`}
        label={words.notes}
        value={notes}
        multiline
        reason={reason}
        onSave={(text) => attempt((client) => client.changeSession(id, { notes: text }))}
      />
      <MarkList session={session} />
      <Files session={session} />
      {uploadsOf(session).map(({ recording, upload }) => (
        <UploadDetails key={upload.id} upload={upload} name={recordings.length > 1 ? recording.fileName : name} />
      ))}
      {canUpload(session) && !wantsUpload(session) ? <UploadNow session={session} /> : null}
      <div class="row">
        {hasFiles ? (
          <ActionButton
            testId="open-folder"
            label={words.folder}
            name={actionOn(words.folder, name)}
            reason={reason}
            onPress={() => ask((client) => detailsCalls(client).openFolder(id))}
          />
        ) : null}
        {over ? (
          <ConfirmButton
            key="forget"
            testId="forget"
            label={words.forget}
            name={actionOn(words.forget, name)}
            question={words.forgetAsk}
            icon="remove"
            reason={reason}
            onConfirm={() => ask((client) => detailsCalls(client).forget(id))}
          />
        ) : session.metadata.discarded ? null : (
          <ConfirmButton
            key="discard"
            testId="discard"
            label={words.discard}
            name={actionOn(words.discard, name)}
            question={words.discardAsk}
            icon="remove"
            reason={reason}
            onConfirm={() => ask((client) => detailsCalls(client).discard(id))}
          />
        )}
      </div>
    </div>
  );
}

/** The session's files on the disk, and what OBS recorded them with. */
function Files({ session }: { readonly session: Session }) {
  const words = detailsWords.value;
  const { width, height, fps, skippedFrames = 0, droppedFrames = 0, obsVersion } = session.metadata;
  const lost = skippedFrames + droppedFrames;
  const number = new Intl.NumberFormat(language.value);
  const facts = [
    width !== undefined && `${width}×${height}`,
    fps !== undefined && `${number.format(fps)} fps`,
    obsVersion !== undefined && `OBS ${obsVersion}`,
    lost > 0 && words.skipped(number.format(lost)),
  ];
  return (
    <ul class="muted">
      {session.recordings.map(({ id, path, bytes, container, finalised }) => (
        <li key={id}>
          <span>{path}</span> ({formatBytes(bytes, language.value)}
          {container === null || container === 'unknown' ? null : `, ${container.toUpperCase()}`})
          {finalised === false ? ` ${words.damaged}` : null}
        </li>
      ))}
      <li>
        <Facts facts={facts} />
      </li>
    </ul>
  );
}
