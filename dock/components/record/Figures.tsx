import { formatBytes, formatClock } from '../../../shared/format.ts';
import { agent, agentConnected } from '../../agent/store.ts';
import { tick } from '../../dock.ts';
import { formatBitrate, formatRemaining } from '../../format.ts';
import { language, t } from '../../i18n/language.ts';
import { elapsedMs, type RecordState } from '../../obs/record-state.ts';
import { bytesPerSecond, diskAlarm, diskLeft, freeBytes } from '../../obs/store.ts';
import { Shape } from '../base/Shape.tsx';

interface Props {
  readonly state: RecordState;
  readonly running: boolean;
}

/** Time, size and bitrate of the recording, and how long the disk lasts. */
export function Figures({ state, running }: Props) {
  const words = t.value.record;
  // Read for its change alone: the clock goes on by itself.
  void tick.value;
  const told = agentConnected.value && agent.value?.activeSessionId ? agent.value.recordedBytes : null;
  const rate = bytesPerSecond.value;
  return (
    <div class="figures">
      <div class="time" role="timer" data-testid="time" aria-label={words.time}>
        {formatClock(elapsedMs(state.clock, performance.now()))}
      </div>
      <p class="muted facts">
        {running ? (
          <span data-testid="size" title={words.size}>
            {formatBytes(told ?? state.bytes, language.value)}
          </span>
        ) : null}
        {running && rate !== null ? (
          <span data-testid="bitrate" title={words.bitrate}>
            {formatBitrate(rate * 8, language.value)}
          </span>
        ) : null}
        <Disk running={running} />
      </p>
    </div>
  );
}

function Disk({ running }: { readonly running: boolean }) {
  const words = t.value.record;
  const left = diskLeft.value;
  const warning = diskAlarm.value;
  if (running && left !== null) {
    return (
      <span data-testid="disk-left" data-warning={warning} class={warning === null ? '' : `disk-${warning}`}>
        {warning === null ? null : <Shape kind={warning === 'low' ? 'warn' : 'bad'} />}{' '}
        {words.left(formatRemaining(left, language.value))}
      </span>
    );
  }
  if (running || freeBytes.value === null) return null;
  return <span>{words.free(formatBytes(freeBytes.value, language.value))}</span>;
}
