/** What the settings ask of the agent besides a change: part of their file, as they are. */
import type { AbortOrphan, Orphan } from '../../shared/api.ts';
import type { DoctorReport } from '../../shared/doctor.ts';
import { type AgentClient, AgentError, testTimeoutMs } from './client.ts';

export interface SettingsCalls {
  /** Makes a new token; the old one ends at once, and the live channel with it. */
  renewToken(): Promise<string>;
  /** Unfinished uploads in the bucket that no agent goes on with. */
  orphans(): Promise<readonly Orphan[]>;
  abortOrphan(orphan: AbortOrphan): Promise<void>;
  /** Everything that StreamAI needs on this machine, looked at. */
  doctor(): Promise<DoctorReport>;
}

const orphansPath = 'destinations/object-storage/orphans';

export function settingsCalls(client: AgentClient): SettingsCalls {
  return {
    async renewToken() {
      const { token } = await client.query('POST', 'token', { new: true });
      if (typeof token !== 'string') throw new AgentError(null);
      return token;
    },
    async orphans() {
      const { orphans } = await client.query('GET', orphansPath, undefined, testTimeoutMs);
      return Array.isArray(orphans) ? (orphans as Orphan[]) : [];
    },
    async doctor() {
      const answer = await client.query('GET', 'doctor', undefined, testTimeoutMs);
      if (!Array.isArray(answer.checks)) throw new AgentError(null);
      return answer as DoctorReport;
    },
    abortOrphan: (orphan) => client.send('DELETE', orphansPath, orphan, testTimeoutMs),
  };
}
