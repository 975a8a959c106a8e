import type { ComponentChildren } from 'preact';
import { type ErrorInfo, errorInfo, translateError } from '../../shared/errors.ts';
import { formatBytes, formatClock } from '../../shared/format.ts';
import { agent, agentConnected } from '../agent/store.ts';
import { recorder, tick } from '../dock.ts';
import { language, t } from '../i18n/language.ts';
import { canPress, elapsedMs, type RecordPhase, type RecordState } from '../obs/record-state.ts';
import { canPause, canSplit, obsProblem } from '../obs/store.ts';

interface Props {
  readonly state: RecordState;
  readonly phase: RecordPhase;
}

/** The round button, the clock and the size, and what can be done while recording. */
export function RecordControls({ state, phase }: Props) {
  const words = t.value.record;
  const running = phase === 'recording' || phase === 'paused' || phase === 'stopping';
  const main = running ? 'stop' : 'start';
  const toggle = phase === 'paused' ? 'resume' : 'pause';
  const problem = phase === 'unknown' ? obsProblem.value : null;
  const waiting = problem === null ? words.waiting : sentence(problem);
  const reason = canPress(state, main) ? null : waiting;
  const noPause =
    running && toggle === 'pause' && !canPause.value ? errorInfo('pause_unavailable', {}, language.value) : null;
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
          aria-disabled={reason !== null}
          aria-busy={phase === 'starting' || phase === 'stopping'}
          aria-describedby="record-reason"
          title={reason ?? `${words[main]} (R)`}
          onClick={() => void recorder.press(main)}
        >
          <span class="record-mark" />
        </button>
        <Figures state={state} running={running} />
        {running ? (
          <div class="side-buttons">
            <SideButton
              id="pause"
              name={words[toggle]}
              shortcut="P"
              reason={noPause !== null ? sentence(noPause) : canPress(state, toggle) ? null : waiting}
              busy={state.pending?.command === toggle}
              onPress={() => void recorder.press(toggle)}
            >
              <path d={toggle === 'pause' ? 'M3 2h4v12H3zM9 2h4v12H9z' : 'M4 2l10 6-10 6z'} />
            </SideButton>
            {canSplit.value ? (
              <SideButton
                id="split"
                name={words.split}
                shortcut="S"
                reason={canPress(state, 'split') ? null : waiting}
                busy={state.pending?.command === 'split'}
                onPress={() => void recorder.press('split')}
              >
                <path d="M1 3h5v10H1zM10 3h5v10h-5zM7.4 1h1.2v14H7.4z" />
              </SideButton>
            ) : null}
          </div>
        ) : null}
      </div>
      {/* That OBS is awaited stands in the heading already: said here too, it would only make the page jump. */}
      <p id="record-reason" class="muted reason">
        {problem === null ? noPause?.message : reason}
      </p>
    </>
  );
}

/** An error as running text, with its fix. */
function sentence(info: ErrorInfo): string {
  const { message, fix } = translateError(info, language.value);
  return fix === undefined ? message : `${message} ${fix}`;
}

function Figures({ state, running }: { readonly state: RecordState; readonly running: boolean }) {
  const words = t.value.record;
  // Read for its change alone: the clock goes on by itself.
  void tick.value;
  const free = agent.value?.obs.freeBytes ?? null;
  const told = agentConnected.value && agent.value?.activeSessionId ? agent.value.recordedBytes : null;
  return (
    <div class="figures">
      <div class="time" role="timer" data-testid="time" aria-label={words.time}>
        {formatClock(elapsedMs(state.clock, performance.now()))}
      </div>
      <div class="muted">
        <span data-testid="size" title={words.size}>
          {running ? formatBytes(told ?? state.bytes, language.value) : null}
        </span>
        {running || free === null ? null : <span>{words.free(formatBytes(free, language.value))}</span>}
      </div>
    </div>
  );
}

interface SideButtonProps {
  readonly id: 'pause' | 'split';
  readonly name: string;
  readonly shortcut: string;
  readonly reason: string | null;
  readonly busy: boolean;
  readonly onPress: () => void;
  readonly children: ComponentChildren;
}

function SideButton({ id, name, shortcut, reason, busy, onPress, children }: SideButtonProps) {
  return (
    <button
      type="button"
      id={`${id}-button`}
      class="side-button"
      data-testid={id}
      aria-label={name}
      aria-keyshortcuts={shortcut}
      aria-disabled={reason !== null}
      aria-busy={busy}
      aria-describedby="record-reason"
      title={reason ?? `${name} (${shortcut})`}
      onClick={() => {
        if (reason === null) onPress();
      }}
    >
      <svg viewBox="0 0 16 16" width="14" height="14" fill="currentColor" aria-hidden="true">
        {children}
      </svg>
    </button>
  );
}
