import { useSignal } from '@preact/signals';
import type { ChapterFormat } from '../../../shared/api.ts';
import type { Session } from '../../../shared/domain.ts';
import { detailsCalls } from '../../agent/details-calls.ts';
import { ask } from '../../dock.ts';
import { detailsWords } from '../../i18n/details-words.ts';
import { awayReason, language, t } from '../../i18n/language.ts';
import { ActionButton } from '../base/ActionButton.tsx';
import { Copyable } from '../base/Copyable.tsx';
import { choicesOf, Select } from '../base/Select.tsx';

const formats: Readonly<Record<ChapterFormat, string>> = {
  youtube: 'YouTube',
  webvtt: 'WebVTT',
  ffmetadata: 'ffmetadata',
};

/** Inside OBS downloads fail: there the text can only be copied. */
const canDownload = !('obsstudio' in window);

function download(text: string, fileName: string): void {
  const href = URL.createObjectURL(new Blob([text]));
  Object.assign(document.createElement('a'), { href, download: fileName }).click();
  setTimeout(() => URL.revokeObjectURL(href), 1000);
}

/** The chapters in the format of another program: shown, to be copied or downloaded. */
export function ChapterExport({ session: { id, name } }: { readonly session: Session }) {
  const words = detailsWords.value;
  const label = t.value.actionOn(words.export, name);
  const format = useSignal<ChapterFormat>('youtube');
  const text = useSignal<string | undefined>(undefined);
  const fetchText = async (): Promise<void> => {
    text.value = await ask((client) => detailsCalls(client).exportChapters(id, format.value, language.peek()));
  };
  return (
    <>
      <div class="row">
        <ActionButton testId="export" label={words.export} name={label} reason={awayReason.value} onPress={fetchText} />
        <Select
          testId="export-format"
          label={label}
          choices={choicesOf(formats)}
          value={format.value}
          onChoose={(choice) => {
            format.value = choice;
            if (text.value !== undefined) void fetchText();
          }}
        />
      </div>
      {text.value === undefined ? null : <Copyable label={words.export} text={text.value} multiline />}
      {canDownload && text.value !== undefined ? (
        <div class="row">
          <ActionButton
            testId="download"
            label={words.download}
            onPress={() => download(text.value ?? '', `${name}.${format.value === 'webvtt' ? 'vtt' : 'txt'}`)}
          />
        </div>
      ) : null}
    </>
  );
}
