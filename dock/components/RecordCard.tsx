import { agent } from '../agent/store.ts';
import { recorder } from '../dock.ts';
import { t } from '../i18n/language.ts';
import { phaseOf, type RecordPhase } from '../obs/record-state.ts';
import { ErrorNote } from './ErrorNote.tsx';
import { NextSessionFields } from './NextSessionFields.tsx';
import { RecordControls } from './RecordControls.tsx';
import { Shape, type ShapeKind } from './Shape.tsx';

const shapes: Record<RecordPhase, ShapeKind> = {
  unknown: 'bad',
  idle: 'ok',
  starting: 'busy',
  recording: 'recording',
  paused: 'paused',
  stopping: 'busy',
};

/** Always on top: what OBS is doing, the buttons for it, and what the next recording gets. */
export function RecordCard() {
  const state = recorder.state.value;
  const phase = phaseOf(state);
  const active = phase === 'recording' || phase === 'paused' || phase === 'stopping';
  const session = active ? agent.value?.sessions.find(({ id }) => id === agent.value?.activeSessionId) : undefined;
  return (
    <section class="card stack" data-record-state={phase} aria-labelledby="record-heading">
      <h1 id="record-heading" class="heading" data-testid="phase">
        <Shape kind={shapes[phase]} />
        <span class="grow">{t.value.phase[phase]}</span>
      </h1>
      {session === undefined ? null : <p class="current-session">{session.name}</p>}
      <RecordControls state={state} phase={phase} />
      {state.problem === null ? null : <ErrorNote info={state.problem} alert />}
      <NextSessionFields />
    </section>
  );
}
