import { useSignal } from '@preact/signals';
import type { DoctorCheck, DoctorReport, DoctorState } from '../../../shared/doctor.ts';
import { settingsCalls } from '../../agent/settings-calls.ts';
import { ask } from '../../dock.ts';
import { awayReason } from '../../i18n/language.ts';
import { settingsWords } from '../../i18n/settings-words.ts';
import { ActionButton } from '../base/ActionButton.tsx';
import { Shape, type ShapeKind } from '../base/Shape.tsx';

const shapes: Readonly<Record<Exclude<DoctorState, 'skipped'>, ShapeKind>> = {
  good: 'ok',
  warning: 'warn',
  fault: 'bad',
};

/** What `streamai doctor` finds, in the same words: looked at on request, for it takes some seconds. */
export function Doctor() {
  const words = settingsWords.value;
  const report = useSignal<DoctorReport | null>(null);
  const look = async (): Promise<void> => {
    report.value = (await ask((client) => settingsCalls(client).doctor())) ?? null;
  };
  const counts = report.value?.counts;
  return (
    <>
      <div class="row">
        <ActionButton testId="doctor" label={words.doctor} icon="retry" reason={awayReason.value} onPress={look} />
      </div>
      {counts ? (
        <p role="status">{words.doctorFound(counts.fault, counts.warning)}</p>
      ) : (
        <p class="muted">{words.doctorHint}</p>
      )}
      <ul class="orphans">
        {report.value?.checks.map((check) => (
          <CheckRow key={check.code} check={check} />
        ))}
      </ul>
    </>
  );
}

function CheckRow({ check: { code, title, state, notices } }: { readonly check: DoctorCheck }) {
  if (state === 'skipped') return null;
  return (
    <li data-testid="doctor-check" data-check-code={code} data-state={state}>
      <p class="state">
        <Shape kind={shapes[state]} />
        <span>
          {state === 'good' ? null : <span class="visually-hidden">{settingsWords.value.doctorStates[state]}: </span>}
          {title}
        </span>
      </p>
      {notices.map(({ message, fix }) => (
        <p key={message}>
          {message} {fix ? <span class="muted">{fix}</span> : null}
        </p>
      ))}
    </li>
  );
}
