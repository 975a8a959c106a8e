import { formatBytes, formatClock } from '../../../shared/format.ts';
import { agent, agentConnected } from '../../agent/store.ts';
import { tick } from '../../dock.ts';
import { formatBitrate, formatRemaining } from '../../format.ts';
import { language, t } from '../../i18n/language.ts';
import { elapsedMs, type RecordState } from '../../obs/record-state.ts';
import { bytesPerSecond, diskAlarm, diskFullInMs, freeBytes } from '../../obs/store.ts';
import { Shape } from '../base/Shape.tsx';

interface Props {
  readonly state: RecordState;
  readonly running: boolean;
}

/** Time, size and bitrate of the recording, and when the disk will be full. */
export function Figures({ state, running }: Props) {
  const words = t.value.record;
  // Read so that the time is drawn again every second.
  void tick.value;
  const agentBytes = agentConnected.value && agent.value?.activeSessionId ? agent.value.recordedBytes : null;
  const rate = bytesPerSecond.value;
  return (
    <div class="figures">
      <div class="time" role="timer" data-testid="time" aria-label={words.time}>
        {formatClock(elapsedMs(state.clock, performance.now()))}
      </div>
      <p class="muted facts">
        {running ? (
          <span data-testid="size" title={words.size}>
            {formatBytes(agentBytes ?? state.bytes, language.value)}
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
  const fullInMs = diskFullInMs.value;
  const warning = diskAlarm.value;
  if (running && fullInMs !== null) {
    return (
      <span data-testid="disk-left" data-warning={warning} class={warning === null ? '' : `disk-${warning}`}>
        {warning === null ? null : <Shape kind={warning === 'low' ? 'warn' : 'bad'} />}{' '}
        {words.diskFullIn(formatRemaining(fullInMs, language.value))}
      </span>
    );
  }
  if (running || freeBytes.value === null) return null;
  return <span>{words.free(formatBytes(freeBytes.value, language.value))}</span>;
}
