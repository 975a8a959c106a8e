import type { ErrorInfo } from '../../../shared/errors.ts';
import { agent } from '../../agent/store.ts';
import { recorder } from '../../dock.ts';
import { errorSentence } from '../../errors.ts';
import { t } from '../../i18n/language.ts';
import { canPress, type RecordCommand, type RecordPhase, type RecordState } from '../../obs/record-state.ts';
import { obsProblem } from '../../obs/store.ts';
import { Figures } from './Figures.tsx';
import { MarkButtons } from './MarkButtons.tsx';
import { SideButton } from './SideButton.tsx';

interface Props {
  readonly state: RecordState;
  readonly phase: RecordPhase;
}

/** The round record button, the figures, and what can be done while recording. */
export function RecordControls({ state, phase }: Props) {
  const words = t.value.record;
  const running = phase === 'recording' || phase === 'paused' || phase === 'stopping';
  const main = running ? 'stop' : 'start';
  const toggle = phase === 'paused' ? 'resume' : 'pause';
  const problem = phase === 'unknown' ? obsProblem.value : null;
  const waiting = problem === null ? words.waiting : errorSentence(problem);
  const reasonAgainst = (command: RecordCommand): string | undefined =>
    canPress(state, command) ? undefined : waiting;
  const reason = reasonAgainst(main);
  const obs = agent.value?.obs;
  const sentence = (info: ErrorInfo | null | undefined): string | undefined => (info ? errorSentence(info) : undefined);
  const noPause = running && toggle === 'pause' ? sentence(obs?.pauseProblem) : undefined;
  const noSplit = sentence(obs?.splitProblem);
  return (
    <>
      <div class="controls">
        <button
          type="button"
          id="record-button"
          class={running ? 'record-button is-running' : 'record-button'}
          data-testid="record"
          aria-label={words[main]}
          aria-keyshortcuts="R"
          aria-disabled={reason !== undefined}
          aria-busy={phase === 'starting' || phase === 'stopping'}
          aria-describedby="record-reason"
          title={reason ?? `${words[main]} (R)`}
          onClick={() => void recorder.press(main)}
        >
          <span class="record-mark" />
        </button>
        <Figures state={state} running={running} />
      </div>
      {/* Not that OBS has to confirm: the heading says that, and one more line would make the page jump. */}
      <p id="record-reason" class="muted reason">
        {problem === null ? noPause : reason}
      </p>
      {running ? (
        <div class="side-buttons">
          <SideButton
            id="pause"
            icon={toggle}
            name={words[toggle]}
            label={words.short[toggle]}
            shortcut="P"
            reason={noPause ?? reasonAgainst(toggle)}
            busy={state.pending?.command === toggle}
            onPress={() => void recorder.press(toggle)}
          />
          <SideButton
            id="split"
            icon="split"
            name={words.split}
            label={words.short.split}
            shortcut="S"
            reason={noSplit ?? reasonAgainst('split')}
            busy={state.pending?.command === 'split'}
            onPress={() => void recorder.press('split')}
          />
          <MarkButtons />
        </div>
      ) : null}
    </>
  );
}
