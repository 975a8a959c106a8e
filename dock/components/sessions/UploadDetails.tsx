import { useSignal } from '@preact/signals';
import type { Link, Verification } from '../../../shared/api.ts';
import type { Upload } from '../../../shared/domain.ts';
import { detailsCalls } from '../../agent/details-calls.ts';
import { ask } from '../../dock.ts';
import { formatMoment } from '../../format.ts';
import { detailsWords } from '../../i18n/details-words.ts';
import { awayReason, language, t } from '../../i18n/language.ts';
import { ActionButton } from '../base/ActionButton.tsx';
import { Copyable } from '../base/Copyable.tsx';
import { ErrorNote } from '../base/ErrorNote.tsx';
import { Facts } from '../base/Facts.tsx';
import { choicesOf, Select } from '../base/Select.tsx';
import { isProvenByParts, resultLinks } from './session-view.ts';

interface Props {
  readonly upload: Upload;
  readonly name: string;
}

/** What is known of an upload, with its task's results; once it is completed, how to prove it again and how to share it. */
export function UploadDetails({ upload, name }: Props) {
  const words = detailsWords.value;
  const { id, task, parts, attempts, state, destination, object } = upload;
  const results = resultLinks(upload);
  const isCompleted = state === 'completed';
  const facts = [
    object !== null && `${object.bucket}/${object.key}`,
    parts !== null && !isCompleted && words.parts(parts.done, parts.total),
    attempts > 1 && words.attempts(attempts),
    upload.sentAs === 'source_url' && t.value.upload.sourceUrl,
  ];
  return (
    <div class="stack upload-details">
      <h4 class="muted">{t.value.upload.destination[destination]}</h4>
      <Facts facts={facts} />
      {task === null ? null : (
        <p class="muted">
          {words.task} <code>{task.id}</code>
        </p>
      )}
      {results.length === 0 ? null : (
        <p class="facts">
          {results.map(([result, url]) => (
            <a key={result} href={url} target="_blank" rel="noreferrer" data-testid={`result-${result}`}>
              {(words.results as Record<string, string>)[result] ?? result}
            </a>
          ))}
        </p>
      )}
      {isCompleted && isProvenByParts(upload) ? (
        <p class="muted" data-testid="proven-by-parts">
          {words.provenByParts}
        </p>
      ) : null}
      {isCompleted ? <Proof id={id} name={name} /> : null}
      {isCompleted && object !== null ? <Share id={id} name={name} /> : null}
    </div>
  );
}

interface PartProps {
  readonly id: string;
  readonly name: string;
}

/** Proves the upload again, on request. */
function Proof({ id, name }: PartProps) {
  const words = detailsWords.value;
  const outcome = useSignal<Verification | undefined>(undefined);
  const { verified, checkedAt, problem } = outcome.value ?? {};
  const proven = verified && checkedAt ? words.verified(formatMoment(checkedAt, language.value)) : null;
  return (
    <>
      <div class="row">
        <ActionButton
          testId="verify"
          label={words.verify}
          name={t.value.actionOn(words.verify, name)}
          reason={awayReason.value}
          onPress={async () => {
            outcome.value = await ask((client) => detailsCalls(client).verify(id));
          }}
        />
        <span class="muted" role="status">
          {proven}
        </span>
      </div>
      {problem ? <ErrorNote info={problem} alert /> : null}
    </>
  );
}

/** How long a link works, in seconds. */
type LinkSeconds = '3600' | '86400' | '604800';

/** Makes a link to the uploaded object, on request. */
function Share({ id, name }: PartProps) {
  const words = detailsWords.value;
  const seconds = useSignal<LinkSeconds>('86400');
  const link = useSignal<Link | undefined>(undefined);
  return (
    <>
      <div class="row">
        <ActionButton
          testId="link"
          label={words.link}
          name={t.value.actionOn(words.link, name)}
          reason={awayReason.value}
          onPress={async () => {
            link.value = await ask((client) => detailsCalls(client).link(id, Number(seconds.value)));
          }}
        />
        <Select
          testId="link-for"
          label={t.value.actionOn(words.linkFor, name)}
          choices={choicesOf(words.linkDurations)}
          value={seconds.value}
          onChoose={(choice) => {
            seconds.value = choice;
          }}
        />
      </div>
      {link.value === undefined ? null : (
        <>
          <Copyable label={words.link} text={link.value.url} atOnce />
          <p class="muted">{words.linkUntil(formatMoment(link.value.expiresAt, language.value))}</p>
        </>
      )}
    </>
  );
}
