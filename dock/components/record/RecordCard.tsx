import { activeSession } from '../../agent/store.ts';
import { recorder } from '../../dock.ts';
import { t } from '../../i18n/language.ts';
import { phaseOf, type RecordPhase } from '../../obs/record-state.ts';
import { openHelp, openSettings } from '../../panels.ts';
import { closeSettings, markDraft, view } from '../../view.ts';
import { ActionButton } from '../base/ActionButton.tsx';
import { ErrorNote } from '../base/ErrorNote.tsx';
import { Shape, type ShapeKind } from '../base/Shape.tsx';
import { MarkPrompt } from './MarkPrompt.tsx';
import { NextSessionFields } from './NextSessionFields.tsx';
import { RecordControls } from './RecordControls.tsx';

const shapes: Record<RecordPhase, ShapeKind> = {
  unknown: 'bad',
  idle: 'ok',
  starting: 'busy',
  recording: 'recording',
  paused: 'paused',
  stopping: 'busy',
};

/** The card at the top of the page: what OBS does, the buttons for it, name and choices of the recording. */
export function RecordCard() {
  const state = recorder.state.value;
  const phase = phaseOf(state);
  const words = t.value;
  const draft = markDraft.value;
  const inSettings = view.value === 'settings';
  return (
    <section class="card stack record-card" data-record-state={phase} aria-labelledby="record-heading">
      <div class="row tight">
        <h1 id="record-heading" class="heading grow" data-testid="phase">
          <Shape kind={shapes[phase]} />
          <span class="grow">{words.phase[phase]}</span>
        </h1>
        <ActionButton testId="help" label={words.help.open} icon="help" bare onPress={openHelp} />
        <ActionButton
          testId="settings"
          label={inSettings ? words.settings.back : words.settings.open}
          icon={inSettings ? 'close' : 'settings'}
          bare
          onPress={inSettings ? closeSettings : openSettings}
        />
      </div>
      <RecordControls state={state} phase={phase} />
      {draft === null || draft.sessionId !== activeSession.value?.id ? null : <MarkPrompt draft={draft} />}
      {state.problem === null ? null : <ErrorNote info={state.problem} alert />}
      <NextSessionFields />
    </section>
  );
}
