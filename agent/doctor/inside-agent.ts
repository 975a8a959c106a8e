/** Doctor inside the agent, for REST and the dock: what the agent has already found out is not asked for again. */
import type { DoctorReport } from '../../shared/doctor.ts';
import type { Language } from '../../shared/errors.ts';
import { thisMachine } from '../config/environment.ts';
import type { AgentSide, Autostart } from './facts.ts';

/** What only the program around the agent knows. */
export interface OutsideOfAgent {
  readonly startCommand: string;
  readonly autostart: () => Promise<Autostart>;
}

const nothingOutside: OutsideOfAgent = {
  startCommand: 'npm start',
  autostart: async () => ({ on: false, command: null, programExists: null }),
};

export class DoctorInside {
  readonly #side: AgentSide;
  readonly #outside: OutsideOfAgent;
  readonly #dockDir: string;
  /** One look at a time, whoever asks: a second dock gets what the first one does. */
  #looking: Promise<DoctorReport> | null = null;

  constructor(side: AgentSide, dockDir: string, outside: OutsideOfAgent = nothingOutside) {
    this.#side = side;
    this.#outside = outside;
    this.#dockDir = dockDir;
  }

  async examine(language: Language): Promise<DoctorReport> {
    // Loaded when somebody looks: on most days, nobody does.
    const [{ examine, inLanguage }, { thisWorld }] = await Promise.all([
      import('./run-checks.ts'),
      import('./this-machine.ts'),
    ]);
    this.#looking ??= examine(
      thisWorld({
        ...this.#outside,
        source: thisMachine(),
        language,
        dockDir: this.#dockDir,
        agent: this.#side,
        findAgent: async () => 'none',
      }),
    ).finally(() => {
      this.#looking = null;
    });
    const report = await this.#looking;
    return { ...report, checks: inLanguage(report.checks, language) };
  }
}
