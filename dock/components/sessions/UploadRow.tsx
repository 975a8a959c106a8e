import type { Upload } from '../../../shared/domain.ts';
import { formatPercent, formatSpeed } from '../../../shared/format.ts';
import type { UploadAction } from '../../agent/client.ts';
import { ask } from '../../dock.ts';
import { errorSentence } from '../../errors.ts';
import { formatRemaining } from '../../format.ts';
import { awayReason, language, t } from '../../i18n/language.ts';
import { ActionButton } from '../base/ActionButton.tsx';
import { ErrorNote } from '../base/ErrorNote.tsx';
import { Shape } from '../base/Shape.tsx';
import { Sparkline } from './Sparkline.tsx';
import { hasProgress, uploadActions, uploadRatio, uploadRemainingMs } from './session-view.ts';
import { taskText, uploadShape, uploadText } from './upload-words.ts';

interface Props {
  readonly upload: Upload;
  /** The name of what it uploads, for assistive technology. */
  readonly name: string;
  /** The number of the file, where the session has several. */
  readonly file: number | null;
  /** Whether the session has several uploads, so that each must say its destination. */
  readonly several: boolean;
}

/** One upload: its state, progress and buttons, and its task. */
export function UploadRow({ upload, name, file, several }: Props) {
  const { id, state, error, task, notice } = upload;
  const words = t.value.upload;
  const percent = formatPercent(uploadRatio(upload), language.value);
  const labels = [
    ...(file === null ? [] : [t.value.sessions.file(String(file))]),
    ...(several || upload.destination === 'object-storage' ? [words.destination[upload.destination]] : []),
  ];
  return (
    <div class="upload stack" data-testid="upload" data-upload-id={id} data-state={state}>
      <div class="row tight">
        <p class="state grow">
          <Shape kind={uploadShape(upload)} />
          <span>
            {labels.length === 0 ? null : <span class="muted">{labels.join(' · ')} </span>}
            {/* A task says more than that the upload is completed. */}
            {task === null || state !== 'completed' ? <span>{uploadText(upload, percent)} </span> : null}
            {task === null ? null : (
              <span data-testid="task" data-task-id={task.id} data-status={task.status}>
                {taskText(task)}
              </span>
            )}
          </span>
        </p>
        <Actions upload={upload} name={name} bare />
      </div>
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
      <Speed upload={upload} />
      {notice ? (
        <p class="muted" data-testid="notice">
          {errorSentence(notice)}
        </p>
      ) : null}
      {error === null || state === 'completed' ? null : <ErrorNote info={error} />}
      {task?.error ? <ErrorNote info={task.error} /> : null}
      <div class="row">
        <Actions upload={upload} name={name} />
      </div>
    </div>
  );
}

interface ActionsProps {
  readonly upload: Upload;
  readonly name: string;
  /** True: the small buttons beside the state, pause and cancel. False: the large ones below. */
  readonly bare?: boolean;
}

function Actions({ upload, name, bare = false }: ActionsProps) {
  const words = t.value.upload;
  const isSmall = (action: UploadAction): boolean => action === 'pause' || action === 'cancel';
  const actions = uploadActions(upload).filter((action) => isSmall(action) === bare);
  const label = (action: UploadAction): string =>
    action === 'retry' && upload.state === 'waiting' ? words.retryNow : words[action];
  return (
    <>
      {actions.map((action) => (
        <ActionButton
          key={action}
          testId={action === 'retry' ? 'retry' : `upload-${action}`}
          label={label(action)}
          name={t.value.actionOn(label(action), name)}
          icon={action === 'cancel' ? 'close' : action}
          bare={bare}
          reason={awayReason.value}
          onPress={() => ask((client) => client.changeUpload(upload.id, action))}
        />
      ))}
    </>
  );
}

function Speed({ upload }: { readonly upload: Upload }) {
  const words = t.value.upload;
  const remainingMs = uploadRemainingMs(upload);
  if (upload.state !== 'uploading' || upload.bytesPerSecond === null) return null;
  const speed = formatSpeed(upload.bytesPerSecond, language.value);
  return (
    <p class="row tight muted">
      <span class="grow">
        {remainingMs === null ? speed : words.speedAndLeft(speed, formatRemaining(remainingMs, language.value))}
      </span>
      <Sparkline uploadId={upload.id} />
    </p>
  );
}
