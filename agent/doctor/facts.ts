/** What several checks need to know of the machine: each asked for once, when it is first needed. */
import type { Status } from '../../shared/api.ts';
import type { ObsStatus } from '../../shared/domain.ts';
import type { ErrorInfo, Language } from '../../shared/errors.ts';
import { defaultSettings, type Settings } from '../../shared/settings.ts';
import { type AgentEnvironment, type EnvironmentSource, readEnvironment } from '../config/environment.ts';
import { defaultObsPort, discoverWebsocket, type FoundWebsocket } from '../obs/discovery.ts';
import type { FoundObs } from '../obs/setup/installations.ts';
import type { IsObsRunning } from '../obs/setup/running.ts';
import type { StoredData } from './stored-data.ts';

/** What the agent knows, where it is the one that looks. */
export interface AgentSide {
  status(): Status;
  settings(): Settings;
  readonly stored: StoredData;
  /** Whether another program has our port at [::1]. */
  localhostTaken(): boolean;
  /** Asks a destination. @returns what is wrong, and what there is to say although it works */
  test(id: 'processing' | 'object-storage'): Promise<{ problem: ErrorInfo | null; notice?: ErrorInfo | undefined }>;
}

/** What answered for the agent of this data folder. */
export type AgentAnswers = 'none' | { readonly url: string; readonly version: string };

export interface Autostart {
  readonly on: boolean;
  readonly command: readonly string[] | null;
  /** Whether everything that would be started is there; null: nothing would be. */
  readonly programExists: boolean | null;
}

/** The program that looks. */
export interface Program {
  readonly version: string;
  readonly nodeVersion: string;
  /** What Node was built for, and what the machine is. */
  readonly arch: string;
  readonly machine: string;
  /** Folder of the built dock. */
  readonly dockDir: string;
  /** Modules that must be there, by their folders. */
  readonly modules: readonly string[];
  readonly startCommand: string;
}

/** Everything that doctor asks of the outside. */
export interface DoctorWorld {
  readonly source: EnvironmentSource;
  readonly language: Language;
  readonly program: Program;
  /** The agent itself, where doctor runs inside it; null: in a program of its own. */
  readonly agent: AgentSide | null;
  /** From outside: what answers in the agent's place. */
  readonly findAgent: () => Promise<AgentAnswers>;
  /** The database, where no agent has it; null: there is none, or it is in use. */
  readonly openStored: () => Promise<StoredData | null>;
  readonly autostart: () => Promise<Autostart>;
  readonly findObs: () => Promise<readonly FoundObs[]>;
  readonly isObsRunning: IsObsRunning;
  /** What an OBS was built without. */
  readonly missingPlugins: (obs: FoundObs) => Promise<readonly ErrorInfo[]>;
  /** ms since 1970. */
  readonly now: () => number;
}

/** How OBS answered. */
export interface ObsLink {
  readonly state: ObsStatus['state'];
  readonly problem: ErrorInfo | null;
  readonly recordDirectory: string | null;
}

const once = <T>(ask: () => Promise<T>): (() => Promise<T>) => {
  let asked: Promise<T> | undefined;
  return () => {
    asked ??= ask();
    return asked;
  };
};

export class Facts {
  readonly world: DoctorWorld;
  readonly #probe: (target: ObsPlace) => Promise<ObsLink>;

  /** @param probe tries to get into OBS, where no agent has done so */
  constructor(world: DoctorWorld, probe: (target: ObsPlace) => Promise<ObsLink>) {
    this.world = world;
    this.#probe = probe;
  }

  /** @throws StreamAIError config_invalid */
  readonly environment: () => Promise<AgentEnvironment> = once(async () =>
    readEnvironment(this.world.source, this.world.language),
  );

  /** What the database says; null: there is none, or another program has it. @throws StreamAIError database_newer */
  readonly stored: () => Promise<StoredData | null> = once(
    async () => this.world.agent?.stored ?? (await this.world.openStored()),
  );

  /** As they are in force, secrets included. @throws StreamAIError config_invalid */
  readonly settings: () => Promise<Settings> = once(async () => {
    if (this.world.agent) return this.world.agent.settings();
    const { fixed } = await this.environment();
    const stored = await this.stored().catch(() => null);
    return stored?.settings(fixed) ?? { ...defaultSettings, ...fixed };
  });

  readonly agentAnswers: () => Promise<AgentAnswers> = once(() => this.world.findAgent());

  readonly obs: () => Promise<readonly FoundObs[]> = once(() => this.world.findObs());

  readonly runningObs: () => Promise<readonly FoundObs[]> = once(async () => {
    const all = await this.obs();
    const running = await Promise.all(all.map(({ root }) => this.world.isObsRunning(root)));
    return all.filter((_, index) => running[index]);
  });

  /** The OBS that is looked at: the one that runs, else the first. */
  readonly ourObs: () => Promise<FoundObs | null> = once(
    async () => (await this.runningObs())[0] ?? (await this.obs())[0] ?? null,
  );

  /** What that OBS's file says of its WebSocket server. */
  readonly websocket: () => Promise<FoundWebsocket | null> = once(async () => {
    const ours = await this.ourObs();
    return ours && discoverWebsocket([ours.root]);
  });

  /** Where OBS is looked for, and with what. */
  readonly obsPlace: () => Promise<ObsPlace> = once(async () => {
    const { obsHost, obsPort, obsPassword } = await this.settings();
    const found = await discoverWebsocket((await this.obs()).map(({ root }) => root));
    return {
      host: obsHost,
      port: obsPort ?? found?.port ?? defaultObsPort,
      password: obsPassword ?? found?.password ?? null,
      found,
    };
  });

  readonly link: () => Promise<ObsLink> = once(async () => {
    if (this.world.agent) return this.world.agent.status().obs;
    return this.#probe(await this.obsPlace());
  });
}

export interface ObsPlace {
  readonly host: string;
  readonly port: number;
  readonly password: string | null;
  readonly found: FoundWebsocket | null;
}
