import { useSignal } from '@preact/signals';
import { settingsCalls } from '../../agent/settings-calls.ts';
import { ask, goOnWith } from '../../dock.ts';
import { awayReason } from '../../i18n/language.ts';
import { settingsWords } from '../../i18n/settings-words.ts';
import { ConfirmButton } from '../base/ConfirmButton.tsx';
import { Copyable } from '../base/Copyable.tsx';

/** Makes a new token, with which this page goes on; every other one needs the new address, which is shown here and nowhere again. */
export function NewToken() {
  const words = settingsWords.value;
  const address = useSignal<string | null>(null);
  return (
    <>
      <p class="muted">{words.tokenHint}</p>
      <ConfirmButton
        testId="new-token"
        label={words.token}
        name={words.token}
        question={words.tokenAsk}
        icon="retry"
        reason={awayReason.value}
        onConfirm={async () => {
          const token = await ask((client) => settingsCalls(client).renewToken());
          if (token === undefined) return;
          goOnWith(token);
          address.value = `${location.origin}/#token=${token}`;
        }}
      />
      {address.value === null ? null : (
        <>
          <p role="status">{words.tokenDone}</p>
          <Copyable label={words.tokenAddress} text={address.value} multiline atOnce />
        </>
      )}
    </>
  );
}
