import type { Upload } from '../../shared/domain.ts';
import { type ErrorInfo, translateError } from '../../shared/errors.ts';
import { formatPercent, formatSpeed } from '../../shared/format.ts';
import type { UploadAction } from '../agent/client.ts';
import { hasProgress, uploadActions, uploadRatio, uploadRemainingMs } from '../agent/session-view.ts';
import { agentConnected } from '../agent/store.ts';
import { changeUpload, tick } from '../dock.ts';
import { formatRemaining, formatUntil } from '../format.ts';
import { language, t } from '../i18n/language.ts';
import { ActionButton } from './ActionButton.tsx';
import { ErrorNote } from './ErrorNote.tsx';
import { Shape, type ShapeKind } from './Shape.tsx';
import { TaskRow } from './TaskRow.tsx';

interface Props {
  readonly upload: Upload;
  /** Of what it uploads, for assistive technology. */
  readonly name: string;
  /** Which file, where the session has several. */
  readonly label: string | null;
}

const shapes: Record<Upload['state'], ShapeKind> = {
  queued: 'busy',
  uploading: 'busy',
  waiting: 'warn',
  paused: 'paused',
  completed: 'ok',
  failed: 'bad',
  cancelled: 'warn',
};

/** One recording on its way to one destination. */
export function UploadRow({ upload, name, label }: Props) {
  const { state, error, task, notice } = upload;
  const words = t.value.upload;
  const actions = uploadActions(upload);
  const percent = formatPercent(uploadRatio(upload), language.value);
  const away = agentConnected.value ? undefined : t.value.agentAway.message;
  return (
    <div class="upload stack" data-testid="upload" data-upload-id={upload.id} data-state={state}>
      <p class={`state state-${state}`}>
        <Shape kind={shapes[state]} />
        {label === null ? null : <span class="muted">{label}</span>}
        {upload.destination === 'object-storage' ? <span class="muted">{words.objectStorage}</span> : null}
        <span>{stateText(upload, percent)}</span>
        <Speed upload={upload} />
      </p>
      {hasProgress(upload) ? (
        <div
          class="progress"
          role="progressbar"
          aria-label={words.progress(name)}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.floor(uploadRatio(upload) * 100)}
          aria-valuetext={percent}
        >
          <div class="progress-bar" style={{ width: `${uploadRatio(upload) * 100}%` }} />
        </div>
      ) : null}
      {notice ? (
        <p class="muted" data-testid="notice">
          {sentence(notice)}
        </p>
      ) : null}
      {error === null || state === 'completed' ? null : <ErrorNote info={error} />}
      {task === null ? null : <TaskRow task={task} />}
      {actions.length === 0 ? null : (
        <div class="row">
          {actions.map((action) => (
            <ActionButton
              key={action}
              testId={action === 'retry' ? 'retry' : `upload-${action}`}
              label={actionText(action, state)}
              name={words.of(actionText(action, state), name)}
              reason={away}
              onPress={() => changeUpload(upload.id, action)}
            />
          ))}
        </div>
      )}
    </div>
  );
}

function actionText(action: UploadAction, state: Upload['state']): string {
  const words = t.value.upload;
  return action === 'retry' && state === 'waiting' ? words.retryNow : words[action];
}

function stateText(upload: Upload, percent: string): string {
  const words = t.value.upload;
  switch (upload.state) {
    case 'uploading':
      if (upload.phase === 'assembling' || upload.phase === 'verifying') return words[upload.phase];
      return uploadRatio(upload) === 1 ? words.confirming : words.uploading(percent);
    case 'paused':
      return words.pausedAt(percent);
    case 'waiting': {
      if (upload.nextAttemptAt === null) return words.waiting;
      // Read for its change alone: the wait is counted down.
      void tick.value;
      return words.waitingUntil(formatUntil(Date.parse(upload.nextAttemptAt) - Date.now(), language.value));
    }
    default:
      return words[upload.state];
  }
}

function Speed({ upload }: { readonly upload: Upload }) {
  const words = t.value.upload;
  const left = uploadRemainingMs(upload);
  const { parts } = upload;
  if (upload.state !== 'uploading' || upload.bytesPerSecond === null) return null;
  const speed = formatSpeed(upload.bytesPerSecond, language.value);
  return (
    <span class="muted">
      {left === null ? speed : words.speedAndLeft(speed, formatRemaining(left, language.value))}
      {parts && parts.total > 1 ? ` · ${words.parts(parts.done, parts.total)}` : null}
    </span>
  );
}

/** Why an upload does not go as fast as it could: no failure. */
function sentence(notice: ErrorInfo): string {
  const { message, fix } = translateError(notice, language.value);
  return fix === undefined ? message : `${message} ${fix}`;
}
